"""Strategies of people's own: files that add columns, domains, gates, exits, or whole signals."""
