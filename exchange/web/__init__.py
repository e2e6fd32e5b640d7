"""Middleware, the template loader, icons, static files and helpers for views."""
