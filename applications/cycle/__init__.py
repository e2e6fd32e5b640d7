"""The coordinator sets up a cycle: its form in versions, who can apply, the rubric, dates, and what is still missing.

Later steps import `actions.form_versions` (to lock a cycle) and the frame of the setup pages.
"""
