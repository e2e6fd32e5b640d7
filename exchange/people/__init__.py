"""Accounts: sign-in, profiles, colleges and their advisors, the office's admin, the people of the demo."""
