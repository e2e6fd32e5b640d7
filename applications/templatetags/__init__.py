"""Template tags about a student's application."""
