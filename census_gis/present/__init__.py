"""Paper and screen."""
