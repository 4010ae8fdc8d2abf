"""What is odd about a file of bars: a question for its owner, not a verdict."""
