"""The catalogue of metrics: every figure of a run or of a point of a sweep, defined once."""
