"""The base of every package: roles, the audit log, rule violations, random codes, encrypted fields, localized columns
and links for guests. Everything may import it.
"""
