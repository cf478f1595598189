"""Atoms and edges: from buildings and barriers to what the partitioner groups."""
