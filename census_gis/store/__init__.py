"""What is kept, crash-safe: the plan file and its log."""
