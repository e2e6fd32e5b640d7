"""The setup step: a coordinator sets up a cycle's form versions, eligibility rules, rubric and dates. With the
cycle's public pages.

Later steps import `actions.form_versions` (to lock a cycle) and the frame of the setup pages.
"""
