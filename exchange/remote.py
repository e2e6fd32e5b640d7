"""How long this portal waits for services elsewhere. Imported by the settings, so it imports no Django."""

from typing import Any

CONNECT_SECONDS = 3
READ_SECONDS = 10
ATTEMPTS = 2  # boto's own are five, each of a minute


def amazon(**options: Any) -> Any:
    """A botocore Config with our limits of time. They bound each answer, not a long download."""
    from botocore.config import Config  # noqa: PLC0415 -- memory: 9 MB, and not every installation uses Amazon

    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
        **options,
    )
