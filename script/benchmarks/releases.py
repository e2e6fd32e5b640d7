"""Measures a release to many people by a job, as a worker runs it, with their messages queued."""

from script.benchmarks.pages import RELEASING
from script.benchmarks.portal import portals
from script.benchmarks.report import machine, table, verdict

AT = 10_000  # the number of people that the budget is for
HEAD = ["Release", "seconds", "processor", "memory", "told", "budget"]


def run(people: int) -> str:
    # some of the applications are drafts, were released before or are withdrawn
    with portals([people * 2]) as (portal,):
        found = portal.inside("release", PEOPLE=str(people))
    row = [
        f"{found['told']:,} people, by a job",
        f"{found['seconds']:.1f}",
        f"{found['processor']:.1f}",
        f"{found['memory'] / 1e6:.0f} MB",
        f"{found['messages']:,} messages",
        verdict((f"{RELEASING} s", found["seconds"], RELEASING if people <= AT else None)),
    ]
    return f"{machine()}.\n\n{table(HEAD, [row])}"
