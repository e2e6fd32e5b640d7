"""Advisors of other colleges read and score: assignment, masking, sample files, conflicts of interest.

Later steps import the modules `readers`, `reader_stack` and `actions.review`.
"""
