"""Groups of the `barsieve` command, one file a group; `engine.cli` puts them together."""
