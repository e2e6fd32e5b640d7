"""Backups, restoring them, checking that everything is there, and changing the keys (docs/adr/0030).

Other apps import `verification` and `sealed_rows` to register what they keep.
"""
