"""Accounts: sign-in, profiles, colleges and their advisors, the office's admin, the demo's people."""
