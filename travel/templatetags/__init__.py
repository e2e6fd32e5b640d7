"""Template tags about a student, for pages of every step."""
