"""Explain: why a bar was, or was not, an entry."""
