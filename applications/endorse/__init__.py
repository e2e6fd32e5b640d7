"""The home college endorses its students, one at a time or from a list of enrolled students.

Later steps import the tones and lines of `views.endorsement`.
"""
