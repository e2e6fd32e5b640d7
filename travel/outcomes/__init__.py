"""Outcomes: figures, fairness between groups, and the disclosure control that hides small groups. Owns no table.

The office imports `outcomes` and `documents`.
"""
