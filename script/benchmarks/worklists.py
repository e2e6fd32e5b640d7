"""Measures the lists that staff work with: at most 10 queries, and 1.5 times the time with a hundred times the rows."""

from script.benchmarks.client import Client, Visit, alternate
from script.benchmarks.pages import FLAT, LISTS, Page
from script.benchmarks.portal import Portal, Server, gunicorn, portals, say
from script.benchmarks.report import machine, table, verdict

REQUESTS, PATIENCE = 100, 10
HEAD = ["List", "few: p50", "p95", "many: p50", "p95", "growth", "queries", "budget"]


def run(few: int, many: int) -> str:
    with portals([few, many]) as both:
        return measure(both)


def measure(both: list[Portal]) -> str:
    for portal in both:
        portal.found = portal.inside("rows")
        portal.found["queries"] = portal.inside("list_queries")
    with gunicorn(both[0]) as small, gunicorn(both[1]) as large:
        rows = [_row(page, both, [small, large]) for page in LISTS]
    few, many = (f"{portal.number:,}" for portal in both)
    return f"{machine()}. {few} and {many} applications; p50 and p95 in milliseconds.\n\n{table(HEAD, rows)}"


def _row(page: Page, both: list[Portal], servers: list[Server]) -> list[str]:
    visits = [_visit(portal, server, page) for portal, server in zip(both, servers, strict=True)]
    alternate(visits, requests=REQUESTS, seconds=PATIENCE)
    small, large = visits
    growth, queries = large.p50 / small.p50, max(portal.found["queries"][page.label] for portal in both)
    say(f"{page.label}: {small.p50:.1f} and {large.p50:.1f} ms")
    times = [f"{figure:.1f}" for visit in visits for figure in (visit.p50, visit.p95)]
    met = verdict((f"{page.queries} queries", queries, page.queries), (f"{FLAT} times", growth, FLAT))
    return [page.label, *times, f"{growth:.2f}", str(queries), met]


def _visit(portal: Portal, server: Server, page: Page) -> Visit:
    client = Client(server.port, portal.found["sessions"][page.person])
    return Visit(client, page.path.format(**portal.found["codes"]), page.post, "")
