"""Telling students their results: dry runs, releases, letters, corrections, offers, and calls to students who have not
answered.

Later steps and `travel` import the modules `promotions` and `actions.offer`.
"""
