"""Measures all letters of a cycle, made by two workers:

python -m script.benchmarks.letters [LETTERS], beside script/with-postgres
"""

import sys
import threading
import time

from script.benchmarks.portal import Workers, portals, workers
from script.benchmarks.report import table

HEAD = ["Letters", "seconds", "processor", "size", "memory before", "after a quarter", "at its highest", "budget"]
BUDGET = 60
BROKER = {"CELERY_BROKER_URL": "filesystem://"}


class Watch:
    """Watches the memory of the workers, twice a second."""

    def __init__(self, them: Workers) -> None:
        self.found = [them.memory()]
        self.them, self.over = them, threading.Event()
        self.thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self.over.wait(0.5):
            self.found.append(self.them.memory())

    def __enter__(self) -> "Watch":
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.over.set()
        self.thread.join()


def main() -> None:
    letters = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with portals([letters * 60]) as (portal,), workers(portal, 2, **BROKER) as both:
        time.sleep(2)
        worked = both.processor()
        with Watch(both) as watch:
            found = portal.inside("letters", LETTERS=str(letters), **BROKER)
        worked = both.processor() - worked
    quarter = max(watch.found[: len(watch.found) // 4 + 1])
    highest = max(watch.found)
    met = "met" if found["seconds"] <= BUDGET else "**missed**"
    row = [f"{found['letters']:,}, by a job through two workers", f"{found['seconds']:.1f}", f"{worked:.1f}"]
    row += [f"{each / 1e6:.1f} MB" for each in (found["size"], watch.found[0], quarter, highest)]
    print(table(HEAD, [[*row, f"{BUDGET} s: {met}"]]))


if __name__ == "__main__":
    main()
