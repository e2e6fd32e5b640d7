"""The portal's settings for PostgreSQL (docs/adr/0037). Imported by the settings, so it imports no Django."""

from typing import Any


def configure(database: dict[str, Any], *, prepares: bool) -> None:
    """Complete an entry of `DATABASES` that was made from a URL; options in the URL take precedence."""
    # no JIT: our queries are short, and compiling them takes longer than running them
    options: dict[str, Any] = {"connect_timeout": 5, "options": "-c jit=off"}
    if prepares:
        options |= {"server_side_binding": True, "prepare_threshold": 5}
    database["ENGINE"] = "exchange.postgresql"  # checks a connection only after it was idle
    database["CONN_HEALTH_CHECKS"] = True
    database["OPTIONS"] = options | database.get("OPTIONS", {})
