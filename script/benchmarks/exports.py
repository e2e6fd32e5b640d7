"""Measures the export of all answers: over HTTP as a browser requests it, and by a job as a worker runs it."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import psycopg

from script.benchmarks.client import TOKEN
from script.benchmarks.portal import Portal, Server, gunicorn, portals, say
from script.benchmarks.report import machine, table, verdict

FORMS = ("csv", "xlsx", "json")
SECONDS, AT = 3, 10_000  # the budget, and for how many applications it is meant
MEMORY = 200_000_000
LONGEST_STREAM = 20_000  # rows; beyond that only the job is measured


@dataclass(slots=True)
class Measured:
    how: str
    form: str
    seconds: float
    processor: float
    size: int
    memory: int
    first: float | None = None  # seconds until the first byte


def run(number: int) -> str:
    with portals([number]) as (portal,):
        measured = []
        if number <= LONGEST_STREAM:
            session = portal.inside("rows")["sessions"]["coordinator"]
            _at_once(portal, number)
            for form in FORMS:
                with gunicorn(portal) as server:
                    measured.append(_stream(server, session, form, number))
        for form in FORMS:
            measured.append(Measured("by a job", form, **portal.inside("export", FORM=form)))
            say(f"{measured[-1]}")
    return _report(number, measured)


def _at_once(portal: Portal, number: int) -> None:
    with psycopg.connect(portal.url, autocommit=True) as database:
        database.execute("UPDATE exchange_fact SET value = %s WHERE key = 'export.rows_at_once'", [number])


def _stream(server: Server, session: str, form: str, number: int) -> Measured:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    head = {"Host": f"localhost:{server.port}", "Cookie": f"sessionid={session}", "Accept-Encoding": "gzip"}
    query = f"cycle=bench-{number}"
    connection.request("GET", f"/applications/?{query}", headers=head | {"Accept-Encoding": "identity"})
    page = connection.getresponse()
    cookie = (page.getheader("Set-Cookie") or "").partition(";")[0]
    token = TOKEN.search(page.read())
    if not token:
        raise SystemExit(f"the list answered {page.status}")
    data = urlencode({"csrfmiddlewaretoken": token[1].decode(), "query": query, "format": form})
    head |= {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"{head['Cookie']}; {cookie}"}
    worked, started = server.processor(), time.perf_counter()
    with _peak(server) as peak:
        connection.request("POST", "/applications/export/", data, head)
        answer = connection.getresponse()
        size, first = len(answer.read(1)), time.perf_counter() - started
        while piece := answer.read(65536):
            size += len(piece)
        took = time.perf_counter() - started
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"the export answered {answer.status}")
    measured = Measured("over HTTP", form, took, server.processor() - worked, size, peak[0], first)
    say(f"{measured}")
    return measured


@contextmanager
def _peak(server: Server) -> Iterator[list[int]]:
    """The peak memory of all web processes meanwhile, read ten times a second."""
    peak, stop = [server.memory()], threading.Event()

    def look() -> None:
        while not stop.wait(0.1):
            peak[0] = max(peak[0], server.memory())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def _report(number: int, measured: list[Measured]) -> str:
    head = ["Export", "seconds", "first byte", "processor", "size", "memory", "budget"]
    rows = [
        [
            f"{each.form.upper()}, {number:,} applications, {each.how}",
            f"{each.seconds:.1f}",
            "" if each.first is None else f"{each.first:.1f}",
            f"{each.processor:.1f}",
            f"{each.size / 1e6:.1f} MB",
            f"{each.memory / 1e6:.0f} MB",
            verdict(
                (f"{SECONDS} s", each.seconds, SECONDS if number <= AT else None),
                (f"{MEMORY // 1_000_000} MB", each.memory, MEMORY),
            ),
        ]
        for each in measured
    ]
    return f"{machine()}.\n\n{table(head, rows)}"
