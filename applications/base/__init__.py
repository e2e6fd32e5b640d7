"""Code that several steps share: a form's sections and answers, merging, eligibility rules, the rubric, dates, the
lottery.

Every step may import any module of this package; it imports no step.
"""
