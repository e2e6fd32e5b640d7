"""The program behind script/bench: seeds databases, measures, prints Markdown."""

import sys
import time
from dataclasses import dataclass, field

from script.benchmarks import (
    adjusting,
    against,
    assigning,
    check_ins,
    directors,
    exports,
    pages,
    releases,
    report,
    restores,
    savers,
    worklists,
)
from script.benchmarks.adjusting import Alone
from script.benchmarks.client import Client, Crowd, Visit, alternate, crowd
from script.benchmarks.options import LARGE, QUICK, parse
from script.benchmarks.pages import COUNTED_ANEW, FORM, PAGES, Page
from script.benchmarks.portal import Portal, Server, gunicorn, portals, say
from script.benchmarks.weights import Weighed, weigh

REQUESTS = 200
PATIENCE = 15  # seconds for one page, both numbers together
CROWD_SECONDS = 8
# as docs/adr/0032 compares them; the first is what deploy/gunicorn.conf.py says
SERVERS = {
    "two processes with four threads each": (),
    "two processes, one request each": ("--worker-class", "sync", "--threads", "1"),
}
NO_CACHE = {"CACHE_URL": "dummycache://"}


@dataclass(slots=True)
class Measured:
    page: Page
    visits: list[Visit]
    processor: float  # milliseconds of the web process for one request, with the larger number
    queries: int


@dataclass(slots=True)
class Result:
    numbers: list[int]
    seeding: list[float] = field(default_factory=list)
    pages: list[Measured] = field(default_factory=list)
    crowds: list[tuple[str, Crowd]] = field(default_factory=list)
    weights: list[Weighed] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)
    alone: list[Alone] = field(default_factory=list)  # without a portal: assigning readers, adjusting scores


def visit(portal: Portal, server: Server, page: Page) -> Visit:
    client = Client(server.port, portal.found["sessions"][page.person])
    codes = portal.found["codes"]
    return Visit(client, page.path.format(**codes), page.post, page.saves.format(**codes))


def measure(result: Result, portals: list[Portal], servers: list[Server], wanted: list[Page]) -> None:
    for page in wanted:
        visits = [visit(*each, page) for each in zip(portals, servers, strict=True)]
        before = servers[-1].processor()
        alternate(visits, requests=REQUESTS, seconds=PATIENCE)
        processor = (servers[-1].processor() - before) * 1000 / visits[-1].turn
        result.pages.append(Measured(page, visits, processor, portals[-1].found["queries"][page.label]))
        say(f"{page.label}: {' and '.join(f'{each.p50:.1f} ms' for each in visits)}")


def students(portal: Portal, server: Server) -> list[Visit]:
    """As many students as there are clients, each on their own form."""
    path = FORM.path.replace("{draft}", "{}")
    return [Visit(Client(server.port, each["session"]), path.format(each["code"])) for each in portal.found["drafts"]]


def measure_crowds(result: Result, portal: Portal) -> None:
    """Measure each kind of server, one after the other, with processes of its own."""
    for name, options in SERVERS.items():
        with gunicorn(portal, *options) as server:
            result.crowds.append((name, crowd(students(portal, server), seconds=CROWD_SECONDS)))


def queries_of(portal: Portal) -> dict[str, int]:
    """Queries of each page as a visitor gets it, and without any cache for pages that cache figures."""
    anew = portal.inside("queries", **NO_CACHE)
    return portal.inside("queries") | {page.label: anew[page.label] for page in COUNTED_ANEW if page.label in anew}


def run(numbers: list[int]) -> Result:
    result = Result(numbers)
    result.alone = [*assigning.measure(), *adjusting.measure()]
    with portals(numbers) as both:
        result.seeding = [portal.seeding for portal in both]
        for portal in both:
            portal.found = portal.inside("rows")
            portal.found["queries"] = queries_of(portal)
        with gunicorn(both[0]) as small, gunicorn(both[1]) as large:
            servers = [small, large]
            measure(result, both, servers, [page for page in PAGES if not page.after_the_trip])
            result.weights = weigh(both[1], large)
            result.memory["before a chart was drawn"] = large.memory()
            for portal in both:
                portal.inside("home")
                portal.found["queries"] |= queries_of(portal)
            measure(result, both, servers, [page for page in PAGES if page.after_the_trip])
            result.memory["after all pages above"] = large.memory()
        with gunicorn(both[0], **NO_CACHE) as small, gunicorn(both[1], **NO_CACHE) as large:
            measure(result, both, [small, large], list(COUNTED_ANEW))
        measure_crowds(result, both[1])
    return result


def main() -> None:
    options = parse()
    if options.against:
        print(against.run(options.against, options.applications, quick=options.quick, only=options.only))
        return
    if options.release:
        print(releases.run(options.release))
        return
    if options.check_in:
        print(check_ins.run(options.check_in))
        return
    if options.director:
        print(directors.run(options.director // 10, options.director))
        return
    if options.lists:
        print(worklists.run(pages.SMALL, options.lists))
        return
    if options.restore:
        print(restores.run(options.restore))
        return
    if options.export:
        print(exports.run(options.export))
        return
    if options.savers:
        print(savers.run(options.savers, options.seconds))
        return
    started = time.monotonic()
    result = run([pages.SMALL, QUICK if options.quick else LARGE])
    print(report.markdown(result, seconds=time.monotonic() - started))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
