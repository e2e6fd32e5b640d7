"""The tasks of the office."""
