"""One step per bar: fill, manage, decide. Full, focused and live replays share it."""
