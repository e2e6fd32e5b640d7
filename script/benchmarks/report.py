"""The report of a run as Markdown: every figure beside its budget, and a list of those that miss it."""

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from script.benchmarks import pages
from script.benchmarks.portal import ROOT

MISSED = "**missed**"


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    aligned = ["---"] + ["---:"] * (len(head) - 2) + ["---"]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, aligned, *rows])


def verdict(*judged: tuple[str, float, float | None]) -> str:
    """Such as "10 ms: met". From (wording, figure, budget) each; those without a budget are left out."""
    return "; ".join(
        f"{wording}: {'met' if figure <= budget else MISSED}"
        for wording, figure, budget in judged
        if budget is not None
    )


def markdown(result, *, seconds: float) -> str:
    small, large = result.numbers
    parts = [
        f"{datetime.now(UTC):%B %-d, %Y}; {machine()}. The run took {seconds / 60:.0f} minutes.",
        f"Pages, one client, p50 and p95 in milliseconds with {small:,} and with {large:,} applications. "
        f"Processor: milliseconds that the web process itself worked for one page, with {large:,}.",
        page_table(result),
        f"Eight clients at once on the form page, with {large:,} applications:",
        crowd_table(result),
        "Weight of the student's pages, bytes on the wire, in Chromium:",
        weight_table(result),
        "The rest:",
        rest_table(result),
    ]
    return "\n\n".join(parts)


def page_table(result) -> str:
    small, large = (f"{number:,}" for number in result.numbers)
    head = ["Page", f"{small}: p50", "p95", f"{large}: p50", "p95", "growth", "processor", "queries", "budget"]
    return table(head, (page_row(each) for each in result.pages))


def page_row(measured) -> list[str]:
    page, (small, large) = measured.page, measured.visits
    growth = large.p50 / small.p50
    anew = page in pages.COUNTED_ANEW
    return [
        page.label,
        *(f"{figure:.1f}" for visit in (small, large) for figure in (visit.p50, visit.p95)),
        f"{growth:.2f}",
        f"{measured.processor:.1f}",
        str(measured.queries),
        verdict(
            (f"{page.budget} ms", large.p50, page.budget),
            (f"{page.queries} queries", measured.queries, page.queries),
            (f"{pages.FLAT} times", growth, None if anew else pages.FLAT),
        ),
    ]


def crowd_table(result) -> str:
    rows = []
    for place, (name, crowd) in enumerate(result.crowds):
        wanted = f"{pages.REQUESTS_A_SECOND} a second"
        budget = verdict((wanted, -crowd.rate, -pages.REQUESTS_A_SECOND)) if place == 0 else ""
        rows.append([name, f"{crowd.rate:.0f}", f"{crowd.p50:.0f}", f"{crowd.p95:.0f}", budget])
    return table(["Server", "a second", "p50, ms", "p95, ms", "budget"], rows)


def weight_table(result) -> str:
    kinds = ("page", "style", "script", "font")
    head = ["Page", "first visit", "requests", *kinds, "next visit", "requests", "budget"]
    return table(head, (weight_row(each, kinds) for each in result.weights))


def weight_row(weighed, kinds: tuple[str, ...]) -> list[str]:
    first, again = weighed.first, weighed.again
    return [
        weighed.label,
        f"{first.total:,}",
        str(first.requests),
        *(f"{first.by_kind.get(kind, 0):,}" for kind in kinds),
        f"{again.total:,}",
        str(again.requests),
        verdict(
            (f"{pages.FIRST_VISIT // 1000} KB", first.total, pages.FIRST_VISIT),
            (f"script {pages.SCRIPT // 1000} KB", first.by_kind.get("script", 0), pages.SCRIPT),
            (f"then {pages.NEXT_VISIT // 1000} KB", again.total, pages.NEXT_VISIT),
            (f"{pages.NEXT_REQUESTS} requests", again.requests, pages.NEXT_REQUESTS),
        ),
    ]


def rest_table(result) -> str:
    rows = [
        [
            f"Writing {number:,} applications with all that belongs to them",
            f"{seconds:.0f} s",
            verdict((f"{pages.SEEDING} s", seconds, pages.SEEDING if number >= 100_000 else None)),
        ]
        for number, seconds in zip(result.numbers, result.seeding, strict=True)
    ]
    for alone in result.alone:
        budget = verdict((f"{alone.budget} s", alone.seconds, alone.budget))
        rows.append([alone.what, f"{alone.seconds:.2f} s", budget])
    for when, held in result.memory.items():
        budget = verdict((f"{pages.MEMORY // 1_000_000} MB", held, pages.MEMORY))
        rows.append([f"Memory of the web processes, {when}", f"{held / 1e6:.0f} MB", budget])
    return table(["What", "figure", "budget"], rows)


def machine() -> str:
    cpu = next(
        (
            line.partition(": ")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    postgres = max((path.name for path in Path("/usr/lib/postgresql").glob("*")), default="?")
    version = (ROOT / "pyproject.toml").read_text().split('version = "')[1].split('"')[0]
    return (
        f"version {version}, {os.cpu_count()} cores ({cpu}), {memory:.0f} GB, Python {platform.python_version()}, "
        f"PostgreSQL {postgres}, average load of the last 15 minutes {os.getloadavg()[2]:.1f}"
    )
