"""Whose portal this is, and by which clock."""
