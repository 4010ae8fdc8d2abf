"""Lookahead: nothing that was known at a bar changes with another future."""
