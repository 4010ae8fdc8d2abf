"""Columns → domain scores → one score per bar, and its bound per side."""
