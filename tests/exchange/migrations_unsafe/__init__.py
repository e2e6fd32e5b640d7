"""Migrations that would break the previous release, for tests/exchange/test_migrations.py."""
