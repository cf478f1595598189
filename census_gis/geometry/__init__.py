"""Pure arrays: noding, triangulation and slices. Nothing here knows a census."""
