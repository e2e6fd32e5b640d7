"""Whom to call today, and the board of all passports by slack."""
