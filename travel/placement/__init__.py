"""Students are matched to trips: runs, kept seats, what-ifs, letters, upgrades, and the course of each trip.

Later steps import `free_seats`, `documents` and `placing_page`.
"""
