"""The first-flight guide."""
