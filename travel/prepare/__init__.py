"""Everything before departure except the passport: the checklist, what a student needs, and whom to call.

Later steps import `actions.checklist` and `actions.cards`.
"""
