"""Result → trades, metrics, files, tables."""
