"""A run or a sweep as one page for a browser, and as tables for other tools."""
