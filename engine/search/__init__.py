"""Sweeps: many exact replays over one candidate file."""
