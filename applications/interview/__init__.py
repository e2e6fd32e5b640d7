"""Interviews: time slots, invitations, bookings, reminders and scores.

Later steps import the module `interviews`.
"""
