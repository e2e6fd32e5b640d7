"""Measures replanning every passport after a changed row, on PostgreSQL:

script/with-postgres .venv/bin/python -m script.benchmarks.replanning [STUDENTS]
"""

import json
import os
import resource
import subprocess
import sys
import time
from unittest import mock

from script.benchmarks.portal import ROOT, portals

BUDGET = 30  # seconds for 10,000


def main() -> None:
    students = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with portals([100]) as (portal,):  # the demo, and a small cycle beside it
        command = [sys.executable, "-m", "script.benchmarks.replanning", "--inside", str(students)]
        env = portal.env | {"DEMO": "true"}  # the demo's data is seeded only with DEMO=true
        found = json.loads(subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True).stdout)
    for row in found:
        met = "met" if row["seconds"] <= BUDGET * students / 10_000 else "MISSED"
        print(
            f"{row['what']}: {row['seen']:,} looked at, {row['changed']:,} changed, {row['told']:,} told: "
            f"{row['seconds']:.1f} s, processor {row['processor']:.1f} s, memory {row['memory'] / 1e6:.0f} MB "
            f"(budget {BUDGET} s for 10,000: {met})"
        )


def inside(students: int) -> None:
    """Runs in a process with the database: creates the students, then changes one row after another."""
    import django  # noqa: PLC0415 -- the other half of this file needs no settings

    django.setup()
    from django.utils import timezone  # noqa: PLC0415 -- only after setup

    from exchange.models import Fact, Message, Role, User  # noqa: PLC0415 -- as above
    from travel.demo import bulk  # noqa: PLC0415 -- as above
    from travel.models import EntryRule, PassportCase  # noqa: PLC0415 -- as above
    from travel.office.reference import loading as reference  # noqa: PLC0415 -- as above
    from travel.prepare.checklist import actions as checklist  # noqa: PLC0415 -- as above

    office = User.objects.filter(roles__kind=Role.Kind.COORDINATOR, is_active=True).earliest("pk")
    with mock.patch.dict(bulk.SHARES, {"confirmed": 1.0}, clear=True):
        bulk.write(students, timezone.localdate(), by=office)

    def measure(what: str) -> dict[str, object]:
        before, started, worked = Message.objects.count(), time.perf_counter(), time.process_time()
        done = checklist.recompute_all(by=office)
        return {
            "what": what,
            "seen": done.seen,
            "changed": done.changed,
            "told": Message.objects.count() - before,
            "seconds": time.perf_counter() - started,
            "processor": time.process_time() - worked,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }

    # tasks are dropped: there are no workers here
    with (
        mock.patch("exchange.tasks.deliver_message.apply_async"),
        mock.patch("travel.tasks.recompute_checklists.apply_async"),
    ):
        checklist.recompute_all(by=office)
        found = [measure("Nothing has changed")]
        routine = Fact.objects.current().get(key="passport.days.routine")
        reference.supersede(routine, value=routine.value + 7)
        found.append(measure("Routine service takes a week longer"))
        trip = PassportCase.objects.filter(application__cycle__code=f"{bulk.PREFIX}{students}").first().trip
        rule = EntryRule.objects.get(city=trip.city)
        rule.lead_days += 3
        rule.save()
        found.append(measure("One city’s visa takes three days longer"))
    print(json.dumps(found))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings")
        inside(int(sys.argv[2]))
    else:
        main()
