"""Measures the director's page over ten finished cycles: at most 12 queries, and 1.5 times its time at a tenth."""

from script.benchmarks.portal import portals
from script.benchmarks.ratios import ratio
from script.benchmarks.report import machine, table

HEAD = ["The director's page, ten cycles", "few", "many", "ratio", "budget"]
ROUNDS, QUERIES, GROWTH = 8, 12, 1.5


def run(few: int, many: int) -> str:
    with portals([few, many]) as both:
        made = [portal.inside("director") for portal in both]
        rounds = [[portal.inside("director_visits") for portal in both] for _round in range(ROUNDS)]
    rows = []
    for name, key in (("p50, ms", "p50"), ("processor of a visit, ms", "processor")):
        small, large = ([each[place][key] for each in rounds] for place in (0, 1))
        found = ratio(large, small)
        is_met = "met" if found and found.middle <= GROWTH else "**missed**"
        rows.append([name, f"{min(small):.1f}", f"{min(large):.1f}", str(found), f"{GROWTH} times: {is_met}"])
    queries = [rounds[0][place]["queries"] for place in (0, 1)]
    is_met = "met" if max(queries) <= QUERIES else "**missed**"
    rows.append(["queries", *map(str, queries), "", f"{QUERIES}: {is_met}"])
    for name, key, unit in (
        ("worked out and published, s", "published", 1.0),
        ("what is so today, counted anew, s", "counted", 1.0),
        ("peak memory of that, MB", "memory", 2.0**20),
    ):
        small, large = ([each[key] / unit] for each in made)
        rows.append([name, f"{small[0]:.1f}", f"{large[0]:.1f}", f"× {large[0] / small[0]:.2f}", ""])
    return f"{machine()}. {few:,} and {many:,} applications.\n\n{table(HEAD, rows)}"
