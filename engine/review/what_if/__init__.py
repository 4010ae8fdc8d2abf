"""What a trade would have become with one thing changed, and what the gates refused."""
