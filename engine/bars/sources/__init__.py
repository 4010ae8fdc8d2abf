"""Files of other programs in: recognised, asked about where ambiguous, read as bars."""
