"""Headers of static files that WhiteNoise sends, as `deploy/nginx.conf` sends them. Imported by the settings."""

from collections.abc import MutableMapping

# a file is never a page of its own, nor shown in somebody else's
POLICY = "default-src 'none'; frame-ancestors 'none'"


def add(headers: MutableMapping[str, str], path: str, url: str) -> None:
    headers["Content-Security-Policy"] = POLICY
