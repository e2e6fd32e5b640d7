"""What every package stands on: roles, the audit log, rule violations, codes, sealed fields, localized columns, links
for guests.

Everything may import it.
"""
