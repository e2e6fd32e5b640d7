"""A Redis cache that pages can do without (docs/adr/0032): while Redis is away, each process remembers by itself.

Rate limits then count per process, so they are looser by the number of processes but never gone; figures and charts
are cached per process. Nothing else is lost: sessions are rows.
"""

from contextlib import suppress
from typing import Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from exchange.base.outage import AwayError, Outage

AWAY = (RedisError, OSError)
MAX_ENTRIES = 5000  # of one process, during an outage
_outages: dict[str, Outage] = {}


class OpenRedisCache(BaseCache):
    """Each operation asks Redis, and a cache in memory if Redis fails or has just failed."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._redis = RedisCache(server, params)
        in_memory = {**params, "OPTIONS": {"MAX_ENTRIES": MAX_ENTRIES}}
        self._memory = LocMemCache(f"instead of {server}", in_memory)
        self._outage = _outages.setdefault(str(server), Outage("The cache"))

    def _ask(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        with suppress(AwayError), self._outage.attempt(*AWAY):
            return getattr(self._redis, operation)(*args, **kwargs)
        return getattr(self._memory, operation)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get_many", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete_many", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("has_key", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        """ValueError if the key is not there, as when Redis went away after it was added."""
        return self._ask("incr", *args, **kwargs)

    def clear(self) -> None:
        self._ask("clear")

    def probe(self) -> None:
        """Ask Redis now, whatever is known of it. Raises one of AWAY."""
        self._redis.get("probe")

    def close(self, **kwargs: Any) -> None:
        self._redis.close(**kwargs)
