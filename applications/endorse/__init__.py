"""The home college endorses its students, one at a time or from a list of enrolled students.

Later steps import ENDORSEMENT_TONES and the helpers of `views.endorsement`.
"""
