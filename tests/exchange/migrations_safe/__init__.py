"""Migrations that do not affect the previous release, for tests/exchange/test_migrations.py."""
