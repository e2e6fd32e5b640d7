"""Migrations that would break the release before them, for tests/exchange/test_migrations.py."""
