"""Matches students to trips: runs, kept seats, what-ifs, letters, upgrades, and each trip's departure and return.

Later steps import `free_seats`, `documents` and `placing_page`.
"""
