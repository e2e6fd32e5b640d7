"""How long a release takes: python -m script.benchmarks.releases [PEOPLE], beside script/with-postgres."""

import sys

from script.benchmarks.portal import portals
from script.benchmarks.report import table

HEAD = ["Release", "seconds", "processor", "memory", "told"]


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with portals([people]) as (portal,):
        found = portal.inside("release")
    row = [f"{found['told']:,} people, by a job", f"{found['seconds']:.1f}", f"{found['processor']:.1f}"]
    print(table(HEAD, [[*row, f"{found['memory'] / 1e6:.0f} MB", f"{found['messages']:,} messages"]]))


if __name__ == "__main__":
    main()
