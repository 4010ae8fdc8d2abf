"""The referee: a slow replay in plain Python, written from docs/specification.md alone.

It shares the bars and the columns with the engine, and no rule: scores, gates, schedule, modes,
fills, exits, sizing, guards, accounting and metrics are its own. `engine_side` is the only module
that runs the engine, `compare` holds what it says against the replay.
"""
