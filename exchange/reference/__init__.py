"""Dated facts with their sources, and which of them are due to be checked again."""
