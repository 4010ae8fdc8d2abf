"""Bars → causal columns."""
