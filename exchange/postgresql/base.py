"""Django's PostgreSQL backend, with a health check only if a connection was idle (docs/adr/0033)."""

import time

from django.db.backends.postgresql import base

RESTS = 1  # seconds of idle time; a server restart takes longer


class DatabaseWrapper(base.DatabaseWrapper):
    """Skips the `SELECT 1` that Django runs before the first query of a request, if the connection was just used."""

    used_at = 0.0  # time.monotonic()

    def close_if_health_check_failed(self) -> None:
        """Called by Django before each use of the connection."""
        now = time.monotonic()
        if now - self.used_at < RESTS:
            self.health_check_done = True
        super().close_if_health_check_failed()
        self.used_at = now
