"""What script/bench --against prints."""

from datetime import UTC, datetime
from statistics import median

from script.benchmarks.ratios import Ratio, ratio
from script.benchmarks.report import machine, table

HEAD = ("p50", "processor", "PostgreSQL", "queries")


def markdown(result) -> str:
    here, there = result.names
    parts = [
        f"{datetime.now(UTC):%B %-d, %Y}; {machine()}.",
        f"{here} beside {there}, {result.number:,} applications on each side, in one interleaved run. Milliseconds "
        "for one request: p50 as the client waits; processor, what the web process itself worked; the same of "
        f"PostgreSQL. Ratios are {here} / {there}: median of the rounds, and the interval that holds it in 95 of 100 "
        "runs; under 1 is better.",
        page_table(result),
    ]
    if result.crowds:
        parts += ["Eight clients at once on the form page, requests a second (a ratio over 1 is better):"]
        parts += [crowd_table(result)]
    return "\n\n".join([*parts, "Memory of the web processes at the end:", memory_table(result)])


def ratio_of(both) -> Ratio | str:
    """The ratio of the web process's times; or, if one side lacks the page, why."""
    here, there = both
    return here.missing or there.missing or ratio(here.web, there.web) or "not measured"


def page_table(result) -> str:
    head = ["Page", "ratio of processor", "ratio of PostgreSQL"]
    head += [f"{what}, {side}" for what in HEAD for side in ("here", result.names[1])]
    return table(head, (page_row(page, both) for page, both in result.pages))


def page_row(page, both) -> list[str]:
    here, there = both
    database = ratio(here.database, there.database) if here.database and there.database else None
    row = [page.label, str(ratio_of(both)), str(database or "")]
    for figures in ((here.times, there.times), (here.web, there.web), (here.database, there.database)):
        row += [f"{median(each):.1f}" if each else "" for each in figures]
    return row + ["" if each.queries is None else str(each.queries) for each in both]


def crowd_table(result) -> str:
    rates = [[pair[place].rate for pair in result.crowds] for place in (0, 1)]
    waits = [[pair[place].p95 for pair in result.crowds] for place in (0, 1)]
    rows = [
        [name, f"{median(rate):.0f}", f"{median(wait):.0f}", str(ratio(rate, rates[1])) if place == 0 else ""]
        for place, (name, rate, wait) in enumerate(zip(result.names, rates, waits, strict=True))
    ]
    return table(["Side", "a second", "p95, ms", "ratio"], rows)


def memory_table(result) -> str:
    here, there = result.memory
    ratios = [f"× {here / there:.2f}", ""]
    rows = zip(result.names, (f"{held / 1e6:.0f} MB" for held in result.memory), ratios, strict=True)
    return table(["Side", "memory", "ratio"], map(list, rows))
