"""Measures all letters of a cycle, made by two workers:

python -m script.benchmarks.letters [LETTERS], beside script/with-postgres
"""

import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from script.benchmarks.portal import Workers, portals, say, workers
from script.benchmarks.report import table
from script.run_demo import start_broker
from script.supervisor import Supervisor

HEAD = ["Letters", "seconds", "processor", "size", "memory before", "after a quarter", "at its highest", "budget"]
BUDGET = 60


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


@contextmanager
def broker() -> Iterator[dict[str, str]]:
    """The setting that names a Redis of its own."""
    supervisor = Supervisor(tell=say)
    with tempfile.TemporaryDirectory(prefix="exchange-bench-") as name:
        start_broker(supervisor, Path(name) / "broker.sock", Path(name) / "broker.log")
        try:
            yield {"CELERY_BROKER_URL": f"redis+socket://{name}/broker.sock"}
        finally:
            supervisor.stop()


def main() -> None:
    letters = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with broker() as queue, portals([letters * 60]) as (portal,), workers(portal, 2, **queue) as both:
        time.sleep(2)
        worked = both.processor()
        with Watch(both) as watch:
            found = portal.inside("letters", LETTERS=str(letters), **queue)
        worked = both.processor() - worked
    quarter = max(watch.found[: len(watch.found) // 4 + 1])
    highest = max(watch.found)
    met = "met" if found["seconds"] <= BUDGET else "**missed**"
    row = [f"{found['letters']:,}, by a job through two workers", f"{found['seconds']:.1f}", f"{worked:.1f}"]
    row += [f"{each / 1e6:.1f} MB" for each in (found["size"], watch.found[0], quarter, highest)]
    print(table(HEAD, [[*row, f"{BUDGET} s: {met}"]]))


if __name__ == "__main__":
    main()
