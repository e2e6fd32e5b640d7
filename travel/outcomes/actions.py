"""Works out what the next release of figures would say, and publishes it; loads what other cities published."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.background import jobs, results
from exchange.background.jobs import Result, Work
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.figures import releases
from exchange.figures.counts import Figure, Key, Range, Rules, Why
from exchange.models import FigureRelease, Job, User
from exchange.reference import facts
from travel.models import OtherCity, OtherCityFigure
from travel.outcomes import counting, drawing_ahead, earlier, noticing, open_data
from travel.outcomes.published import LEAST
from travel.outcomes.release_plan import Finding, Plan, attack, plan_release

JOB = "travel.figures_plan"
GOOD_FOR_HOURS = 24


@dataclass(frozen=True, slots=True)
class NextRelease:
    """What a worker worked out. `after`: the number of the last release then; another one meanwhile makes it stale.

    findings: what somebody could work out from it and all that was published, looked for by other means than the plan.
    """

    plan: Plan
    after: int
    as_of: datetime
    rules: Rules
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_stale(self) -> bool:
        return self.after != releases.last_number()


# --- Working it out ---------------------------------------------------------------------------------


def ask(moment: str = "") -> Job:
    """The job that works out the next release from today's counts. `moment`: another, to count again."""
    params = {"after": releases.last_number(), "day": timezone.localdate().isoformat(), "moment": moment}
    return results.ask(JOB, jobs.key_of(json.dumps(params, sort_keys=True)), params=params)


def of_job(job: Job) -> NextRelease:
    """Of a job that is done."""
    return _from_json(json.loads(results.read(job)))


def make(work: Work) -> Result:
    """Count and plan, in a worker."""
    found = _work_out(work.progress)
    work.output.write(json.dumps(_to_json(found)).encode())
    return Result("figures.json", "application/json")


def _work_out(progress: Callable[[int, int], None] = lambda _done, _total: None) -> NextRelease:
    rules, as_of, after, told = releases.rules(), timezone.now(), releases.last_number(), releases.told()
    cycles, years = [], earlier.all_counts()
    for cycle in counting.ready():
        cycles.append(counting.counts_of(cycle))
        progress(len(cycles), len(cycles) + 1)
    plan = plan_release(cycles, told, rules, years, least=int(facts.number(LEAST)))
    told |= {key: figure.range if figure else None for key, figure in plan.figures.items()}
    return NextRelease(plan, after, as_of, rules, attack(cycles, told, rules, years))


def _to_json(found: NextRelease) -> dict[str, Any]:
    plan = found.plan
    return {
        "after": found.after,
        "as_of": found.as_of.isoformat(),
        "rules": [found.rules.threshold, found.rules.band, found.rules.open],
        "figures": [[*key, figure and [*figure.range, figure.why]] for key, figure in plan.figures.items()],
        "values": [[*key, number] for key, number in plan.values.items() if key in plan.figures],
        "changed": [[*key, number] for key, number in plan.changed.items()],
        "findings": [[*each.key, *each.range] for each in found.findings],
    }


def _from_json(found: Mapping[str, Any]) -> NextRelease:
    figures = {
        Key(*row[:4]): Figure(Range(*row[4][:2]), Why(row[4][2])) if row[4] else None for row in found["figures"]
    }
    values, changed = ({Key(*row[:4]): row[4] for row in found[name]} for name in ("values", "changed"))
    plan = Plan(figures, values, changed)
    findings = [Finding(Key(*row[:4]), Range(*row[4:])) for row in found["findings"]]
    as_of = datetime.fromisoformat(found["as_of"])
    return NextRelease(plan, found["after"], as_of, Rules(*found["rules"]), findings)


# --- Publishing -------------------------------------------------------------------------------------


def publish(job: Job, *, by: User, note: str = "") -> FigureRelease:
    """Publish what the job worked out. Raises RuleViolation: stale, if another release or a day came since;
    gives_away; nothing_new."""
    found = of_job(job)
    if found.is_stale or (timezone.now() - found.as_of).total_seconds() > GOOD_FOR_HOURS * 3600:
        raise _stale()
    return _publish(found, by=by, note=note)


def publish_now(*, by: User) -> FigureRelease:
    """Work out and publish in one step, without a look at it: for the demo and for tests. Raises as `publish` does."""
    return _publish(_work_out(), by=by)


def _publish(found: NextRelease, *, by: User, note: str = "") -> FigureRelease:
    if found.findings:
        raise RuleViolation(
            "gives_away", _("Someone could work out a hidden figure from this, so it wasn’t published.")
        )
    if not earlier.is_as_counted(found.plan.values):
        raise _stale()
    if not found.plan.figures:
        raise RuleViolation("nothing_new", _("There’s nothing new to publish."))
    figures, kind = found.plan.figures, FigureRelease.Kind.OUTCOMES
    cycles = sorted({key.subject for key in figures if earlier.is_of_a_cycle(key.subject)})
    try:
        with transaction.atomic():
            release = releases.publish(figures, kind=kind, by=by, as_of=found.as_of, used=found.rules, note=note)
            noticing.finish_tasks(cycles, by=by)
            drawing_ahead.after_release(cycles)
    except IntegrityError as taken:  # two people at the same moment
        raise _stale() from taken
    return release


def _stale() -> RuleViolation:
    return RuleViolation("stale", _("Something was published since this was counted. Count again."))


# --- Other cities' open data ------------------------------------------------------------------------


@transaction.atomic
def load_city(content: bytes, *, source: str, by: User | None, city: str = "") -> OtherCity:
    """Load another city's open data in place of what was loaded of it before. Whether it's public stays as it was.

    `city`: another name than the file's. RuleViolation for a broken file, a wrong version, our own city, or a file
    that is older than what is there.
    """
    found = open_data.read(content)
    name = city.strip() or found.city
    if name.casefold() == open_data.our_city().casefold():
        raise RuleViolation("own_city", _("This file is our own city’s. Its figures are here already."))
    there = OtherCity.objects.select_for_update().filter(city=name).first()
    if there and there.as_of > found.as_of:
        raise RuleViolation(
            "older_file", _("A newer file of %(city)s has been loaded already. Nothing was changed.") % {"city": name}
        )
    about = {"source": source[:300], "schema_version": found.version, "as_of": found.as_of, "loaded_by": by}
    about |= {"digest": hashlib.sha256(content).hexdigest(), "loaded_at": timezone.now()}
    loaded, _new = OtherCity.objects.update_or_create(city=name, defaults=about)
    loaded.figures.all().delete()
    rows = [OtherCityFigure(city=loaded, **asdict(row)) for row in found.rows]
    OtherCityFigure.objects.bulk_create(rows, batch_size=500)
    audit.record("open_data.load", loaded, by=by, changes={"figures": len(rows), "digest": loaded.digest})
    return loaded


@transaction.atomic
def show_city(city: OtherCity, *, is_public: bool, by: User) -> None:
    """Show another city's figures beside ours on the public page, or no longer."""
    OtherCity.objects.filter(pk=city.pk).update(is_public=is_public)
    audit.record("open_data.show", city, by=by, changes={"is_public": is_public})
