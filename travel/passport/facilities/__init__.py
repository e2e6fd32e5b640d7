"""Places that accept passport applications."""
