"""Publishes counts, and reads what was published: the only way by which a count leaves the house (docs/adr/0027)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import Max, Q

from exchange.base import audit
from exchange.figures.counts import Figure, Key, Range, Rules
from exchange.models import FigureRelease, ReleasedFigure, User
from exchange.reference import facts

FACTS = ("disclosure.threshold", "disclosure.band", "disclosure.open_values")
NOT_TOLD = "small"


def rules() -> Rules:
    """The rules of today. ImproperlyConfigured without their facts, ValueError where they contradict each other."""
    return rules_of(facts.numbers(*FACTS))


def rules_of(numbers: Mapping[str, int | Decimal]) -> Rules:
    """The rules by facts that were read already. ImproperlyConfigured, ValueError: as for `rules`."""
    if missing := sorted(set(FACTS) - set(numbers)):
        raise ImproperlyConfigured(f"No current Fact row for {', '.join(missing)}. Run `manage.py load_reference`.")
    threshold, band, open_values = (int(numbers[key]) for key in FACTS)
    return Rules(threshold, band, open_values)


def last_number() -> int:
    return FigureRelease.objects.aggregate(last=Max("number"))["last"] or 0


def told(*subjects: str) -> dict[Key, Range | None]:
    """Every published count, or those about these subjects (and several years that include them). None: not shown."""
    rows = ReleasedFigure.objects.all()
    if subjects:
        wanted = Q(subject__in=subjects)
        for subject in subjects:
            wanted |= Q(subject__startswith=f"{subject}+") | Q(subject__contains=f"+{subject}")
        rows = rows.filter(wanted)
    return {
        Key(*key): None if low is None or high is None else Range(low, high)
        for *key, low, high in rows.values_list("subject", "name", "by", "group", "low", "high")
    }


def told_when() -> tuple[dict[Key, Range | None], dict[str, datetime]]:
    """Every published count, and by subject when its newest ones were counted. One query."""
    found: dict[Key, Range | None] = {}
    times: dict[str, datetime] = {}
    rows = ReleasedFigure.objects.values_list("subject", "name", "by", "group", "low", "high", "release__as_of")
    for *key, low, high, as_of in rows:
        found[Key(*key)] = None if low is None or high is None else Range(low, high)
        times[key[0]] = max(as_of, times.get(key[0], as_of))
    return found, times


@transaction.atomic
def publish(
    figures: Mapping[Key, Figure | None],
    *,
    kind: FigureRelease.Kind,
    by: User,
    as_of: datetime,
    used: Rules,
    note: str = "",
) -> FigureRelease:
    """Publish counts that weren't published before. Raises django.db.IntegrityError if one was, or at the same time."""
    release = FigureRelease.objects.create(
        number=last_number() + 1,
        kind=kind,
        as_of=as_of,
        published_by=by,
        threshold=used.threshold,
        band=used.band,
        open_values=used.open,
        note=note,
    )
    ReleasedFigure.objects.bulk_create(
        [
            ReleasedFigure(
                release=release,
                **key._asdict(),
                low=figure.range.low if figure else None,
                high=figure.range.high if figure else None,
                why=figure.why.value if figure else NOT_TOLD,
            )
            for key, figure in figures.items()
        ],
        batch_size=500,
    )
    audit.record("figures.publish", release, by=by, changes={"number": release.number, "figures": len(figures)})
    return release
