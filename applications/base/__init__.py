"""What several steps stand on: a form's sections and answers, merging, eligibility rules, the rubric, dates, the
lottery.

Every step may import any module of it; it imports no step.
"""
