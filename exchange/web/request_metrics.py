"""What each request took, by page and status, in Prometheus' format: counted here, told by `/metrics`.

Every process of gunicorn writes its counts to a file of its place among the others (`deploy/gunicorn.conf.py`), so that
any of them can tell the sum, and a process that is started anew goes on counting where the one before it stopped.
"""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, multiprocess, values

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
NO_PAGE = "-"

requests = Histogram(
    "exchange_request_seconds",
    "Seconds of a request, by page, method and status.",
    ("view", "method", "status"),
    buckets=SECONDS,
)
waits = Histogram("exchange_wait_seconds", "Seconds of a request from the proxy to a thread.", buckets=SECONDS)
queries = Counter("exchange_request_queries", "Queries of requests, by page.", ("view",))


def count(view: str | None, method: str, status: int, seconds: float, asked: int, waited: float) -> None:
    waits.observe(waited)
    requests.labels(view or NO_PAGE, method, str(status)).observe(seconds)
    if asked:
        queries.labels(view or NO_PAGE).inc(asked)


def registry() -> CollectorRegistry:
    """Of all processes; of this one, where there are no others."""
    if not getattr(values.ValueClass, "_multiprocess", False):
        return REGISTRY
    found = CollectorRegistry()
    multiprocess.MultiProcessCollector(found)  # type: ignore[no-untyped-call]
    return found
