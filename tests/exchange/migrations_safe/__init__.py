"""Migrations that the release before them does not notice, for tests/exchange/test_migrations.py."""
