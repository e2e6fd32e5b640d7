"""How the portal uses PostgreSQL (docs/adr/0037). The settings read it, so it imports no Django."""

from typing import Any


def configure(database: dict[str, Any], *, prepares: bool) -> None:
    """Complete the entry of `DATABASES` that an address gave; options of the address come first."""
    # no just-in-time compiling: pages ask short questions, and it takes longer than the answer
    options: dict[str, Any] = {"connect_timeout": 5, "options": "-c jit=off"}
    if prepares:
        options |= {"server_side_binding": True, "prepare_threshold": 5}
    database["ENGINE"] = "exchange.postgresql"  # asks after a connection only where it has rested
    database["CONN_HEALTH_CHECKS"] = True
    database["OPTIONS"] = options | database.get("OPTIONS", {})
