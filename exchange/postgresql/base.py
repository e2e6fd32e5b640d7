"""Django's backend for PostgreSQL, with a health check only where a connection has rested (docs/adr/0037)."""

import time

from django.db.backends.postgresql import base

RESTS = 1  # seconds: a server that starts over takes longer


class DatabaseWrapper(base.DatabaseWrapper):
    """Django asks `SELECT 1` before the first query of each request. A connection used a moment ago is still there."""

    used_at = 0.0  # time.monotonic()

    def close_if_health_check_failed(self) -> None:
        """Django calls it before each use of the connection."""
        now = time.monotonic()
        if now - self.used_at < RESTS:
            self.health_check_done = True
        super().close_if_health_check_failed()
        self.used_at = now
