"""Announcements on home pages."""
