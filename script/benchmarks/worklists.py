"""Measures the lists that staff work with: at most 10 queries, and 1.5 times the time with a hundred times the rows.

A page is compared with one that shows as many rows: of a thousand applications twenty have a spot, so their list is not
a page yet. Then the page with five times as many applications is taken.
"""

from contextlib import ExitStack

from script.benchmarks.client import Client, Visit, alternate
from script.benchmarks.pages import FLAT, LISTS, Page
from script.benchmarks.portal import Portal, Server, gunicorn, portals, say
from script.benchmarks.report import machine, table, verdict

REQUESTS, PATIENCE = 100, 10
MIDDLE = 5  # times the few
HEAD = ["List", "rows", "compared with", "few: p50", "p95", "many: p50", "p95", "growth", "queries", "budget"]


def run(few: int, many: int) -> str:
    with portals([few, MIDDLE * few, many]) as made:
        return measure(made)


def measure(made: list[Portal]) -> str:
    """`made`: from the smallest to the largest."""
    for portal in made:
        portal.found = portal.inside("rows")
        portal.found["lists"] = portal.inside("lists")
    with ExitStack() as stack:
        servers = [stack.enter_context(gunicorn(portal)) for portal in made]
        rows = [_row(page, made, servers) for page in LISTS]
    return f"{machine()}. {made[-1].number:,} applications; p50 and p95 in milliseconds.\n\n{table(HEAD, rows)}"


def _row(page: Page, made: list[Portal], servers: list[Server]) -> list[str]:
    shown = [portal.found["lists"][page.label]["rows"] for portal in made]
    place = next((each for each, rows in enumerate(shown[:-1]) if rows == shown[-1]), len(made) - 2)
    visits = [_visit(made[each], servers[each], page) for each in (place, -1)]
    alternate(visits, requests=REQUESTS, seconds=PATIENCE)
    small, large = visits
    growth, queries = large.p50 / small.p50, max(portal.found["lists"][page.label]["queries"] for portal in made)
    say(f"{page.label}: {small.p50:.1f} and {large.p50:.1f} ms")
    times = [f"{figure:.1f}" for visit in visits for figure in (visit.p50, visit.p95)]
    met = verdict((f"{page.queries} queries", queries, page.queries), (f"{FLAT} times", growth, FLAT))
    few = f"{made[place].number:,}" + (f", {shown[place]} rows" if shown[place] != shown[-1] else "")
    return [page.label, str(shown[-1]), few, *times, f"{growth:.2f}", str(queries), met]


def _visit(portal: Portal, server: Server, page: Page) -> Visit:
    client = Client(server.port, portal.found["sessions"][page.person])
    return Visit(client, page.path.format(**portal.found["codes"]), page.post, "")
