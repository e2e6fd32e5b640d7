"""The portal's settings for PostgreSQL (docs/adr/0033). Imported by the settings, so it imports no Django."""

from typing import Any, NamedTuple


class Limits(NamedTuple):
    """Seconds after which PostgreSQL ends what a process does. Management commands have no limits."""

    statement: int
    lock: int
    idle_in_transaction: int


# a page takes milliseconds, so a statement this slow is stuck or a mistake, and holds one of the few threads
WEB = Limits(statement=20, lock=5, idle_in_transaction=60)
# a job may count everything and wait for a release to end
WORKER = Limits(statement=600, lock=60, idle_in_transaction=900)


def configure(database: dict[str, Any], *, prepares: bool) -> None:
    """Complete an entry of `DATABASES` that was made from a URL; options in the URL take precedence."""
    # no JIT: our queries are short, and compiling them takes longer than running them
    options: dict[str, Any] = {
        "connect_timeout": 5,
        "options": "-c jit=off",
        # a server or network that is gone without a word is noticed after half a minute, not after hours
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 4,
        "tcp_user_timeout": 30_000,  # milliseconds
    }
    if prepares:
        options |= {"server_side_binding": True, "prepare_threshold": 5}
    database["ENGINE"] = "exchange.postgresql"  # checks a connection only after it was idle
    database["CONN_HEALTH_CHECKS"] = True
    database["OPTIONS"] = options | database.get("OPTIONS", {})


def limit(database: dict[str, Any], limits: Limits) -> None:
    """Give this process's connections their limits. Before the first connection; nothing to do for SQLite."""
    if database["ENGINE"] != "exchange.postgresql":
        return
    times = {
        "statement_timeout": limits.statement,
        "lock_timeout": limits.lock,
        "idle_in_transaction_session_timeout": limits.idle_in_transaction,
    }
    set_by_us = " ".join(f"-c {name}={seconds}s" for name, seconds in times.items())
    options = database["OPTIONS"]
    options["options"] = f"{set_by_us} {options.get('options', '')}".strip()  # the later wins: what the URL says
