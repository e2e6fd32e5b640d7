"""Matches students to trips: runs, kept seats, letters, upgrades, and each trip's departure and return.

Later steps import `free_seats`, `documents` and `placing_page`.
"""
