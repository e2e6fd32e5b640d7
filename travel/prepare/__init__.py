"""Everything before departure except the passport: the checklist, and what a student eats and needs.

Later steps import `actions.checklist`.
"""
