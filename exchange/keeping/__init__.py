"""Backups, restoring them, checking that everything is there, and changing the keys (docs/adr/0054 to 0056).

Other apps import `verification` and `sealed_rows` to register what they keep.
"""
