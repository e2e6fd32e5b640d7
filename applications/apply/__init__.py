"""The applying step: drafts, answers, uploads, the recommendation, help by an advisor, questions, reminders.

Later steps import `results`, `documents`, `access` and the actions of uploads.
"""
