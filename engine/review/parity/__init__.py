"""Parity: full, focused, widened, chunked and random replays are the same bytes."""
