"""What we are given: one safe door, coordinates, encodings, checks, population."""
