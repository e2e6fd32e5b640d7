"""Decisions are told: dry runs, releases, letters, corrections, offers and calls to students who have not answered.

Later steps and `travel` import `promotions` and `actions.offer`.
"""
