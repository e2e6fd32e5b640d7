"""Counts that leave the house: which may be published, and the one table of all that were.

From outside: `counts`, `reader` and `planning` (pure: no database, no Django) and `exchange.figures.releases`.
"""
