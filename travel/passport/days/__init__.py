"""Passport days: planned by the office, booked by students."""
