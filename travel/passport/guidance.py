"""What a student's passport page shows from dated rows: documents, photo, fees, entry rule. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.models import Fact
from exchange.templatetags.ui import day_year
from travel.base.sources import Source
from travel.models import EntryRule, Guidance, PassportCase, Trip
from travel.passport import passport_route, pictures, planning
from travel.passport.passport_route import Age, Answer, Answers, Born, Name, Paper, TravelOn, Where, age_of
from travel.passport.pictures import Drawing
from travel.passport.planning import way_of
from travel.passport.timeline import Service
from travel.states import BEFORE_APPLYING, PassportStage

Route = PassportCase.Route
Topic = Guidance.Topic

# fees of each route; faster services add theirs
FEES: dict[str, tuple[str, ...]] = {
    Route.DS11: ("passport.fee.application", "passport.fee.execution"),
    Route.LOST: ("passport.fee.application", "passport.fee.execution"),
    Route.DS82: ("passport.fee.application",),
    Route.ONLINE: ("passport.fee.application",),
    Route.DS5504: (),
}
TO_STATE = gettext_lazy("to the State Department, by check or money order")
ON_THE_SITE = gettext_lazy("to the State Department, on its site")
PAYEES = {
    "passport.fee.execution": gettext_lazy("to the counter, as a payment of its own"),
    "passport.fee.photo": gettext_lazy("to whoever takes the photo"),
    "passport.fee.birth_certificate": gettext_lazy("to the county or state where you were born"),
}
PROGRAM_PAYS = "passport.program_pays"
CERTIFICATE = (
    "birth-certificate-by-mail",
    "birth-certificate",
    "no-birth-certificate",
    "born-abroad",
    "other-proof-of-citizenship",
)
REPORT_LOST = "report-lost"
# shown on pages of their own
WHAT_CAN_STOP = ("what-can-stop-a-passport", "stop-who-to-call")
FAMILY_TIES = ("family-ties",)
ELSEWHERE_PAGE = ("elsewhere-passport", "elsewhere-visa", "elsewhere-refugee", "elsewhere-private")
ELSEWHERE = frozenset({*WHAT_CAN_STOP, *FAMILY_TIES, *ELSEWHERE_PAGE})
# optional costs by route; the birth certificate only where it must be ordered
EXTRAS: dict[str, tuple[str, ...]] = {
    Route.DS11: ("passport.fee.photo", "passport.fee.card"),
    Route.LOST: ("passport.fee.photo", "passport.fee.card"),
    Route.DS82: ("passport.fee.photo", "passport.fee.card"),
    Route.ONLINE: ("passport.fee.card",),
    Route.DS5504: ("passport.fee.photo",),
}
CERTIFICATE_FEE = "passport.fee.birth_certificate"
PHOTO = (
    "passport.photo.side_mm",
    "passport.photo.head_min_mm",
    "passport.photo.head_max_mm",
    "passport.photo.pixels_min",
    "passport.photo.pixels_max",
    "passport.photo.kilobytes_max",
    "passport.photo.months_max",
)
FASTER: dict[str, tuple[str, ...]] = {
    Service.EXPEDITED: ("passport.fee.expedite",),
    Service.EXPEDITED_FAST: ("passport.fee.expedite", "passport.fee.fast_return"),
    Service.URGENT_COUNTER: ("passport.fee.expedite",),
}


@dataclass(frozen=True, slots=True)
class Advice:
    key: str
    title: str
    text: str
    source: Source
    picture: Drawing | None = None

    @classmethod
    def of(cls, row: Guidance) -> "Advice":
        picture = pictures.OF_PAPERS.get(row.key) if row.topic == Topic.PAPER else None
        return cls(row.key, row.title, row.text, Source.of(row), picture)

    @property
    def own_source(self) -> Source | None:
        """The source to show beside the row, if it isn't reliable; reliable sources are listed once below all rows."""
        return None if self.source.is_reliable else self.source


@dataclass(frozen=True, slots=True)
class Fee:
    label: str
    amount: str
    payee: str


@dataclass(frozen=True, slots=True)
class FactLine:
    """One dated number in words, with its source."""

    label: str
    value: str
    source: Source


@dataclass(frozen=True, slots=True)
class Fees:
    """`program`: what the program pays of it, where a Fact says so."""

    rows: tuple[Fee, ...]
    total: str
    source: Source | None
    program: FactLine | None = None


def by_topic(case: PassportCase, answers: Answers | None = None) -> dict[str, list[Advice]]:
    """Topic -> the advice for this student, in order; one query. Rows without routes apply to every application.

    Documents follow from the answers; without answers, they are those of the usual case on this route.
    """
    found: dict[str, list[Advice]] = {topic.value: [] for topic in Topic}
    way, mine = way_of(case), paper_keys(case, answers)
    for row in Guidance.objects.all():
        if row.key in ELSEWHERE:
            continue
        if row.topic != Topic.PAPER and (way in row.routes or (not row.routes and way in FEES)):
            found[row.topic].append(Advice.of(row))
        elif row.topic == Topic.PAPER and row.key in mine:
            found[row.topic].append(Advice.of(row))
    found[Topic.PAPER].sort(key=lambda advice: mine.index(advice.key))
    return found


def paper_keys(case: PassportCase, answers: Answers | None = None) -> tuple[str, ...]:
    """Keys of the documents this student needs. The certificate page may have changed what the answers said."""
    answers = answers or _usual(case)
    keys = passport_route.papers(answers, way_of(case), _age(case, answers))
    if case.needs_certificate or "order-birth-certificate" not in keys:
        return keys
    moved_on = {"order-birth-certificate", *passport_route.NOT_ENOUGH.values()}
    return ("birth-certificate", *(key for key in keys if key not in moved_on))


def _age(case: PassportCase, answers: Answers) -> Age:
    return age_of(answers, planning.terms(case.application, None, timezone.localdate()))


def _usual(case: PassportCase) -> Answers:
    """Answers of the usual case on this route, for when only the route is known."""
    at_hand = Paper.NONE if case.needs_certificate else Paper.CERTIFIED
    return Answers(
        TravelOn.US_NEED, had_passport=Answer.NO, where=Where.HERE, name=Name.SAME, born=Born.IN_US, papers=(at_hand,)
    )


def overdue(today: date) -> int:
    """How many rows behind the dates and the advice are past their review date; one query."""
    passed = {"review_on__lt": today}
    rows: list[QuerySet[Any]] = [
        Fact.objects.current().filter(Q(key__startswith="passport.") | Q(key__startswith="entry."), **passed),
        EntryRule.objects.filter(city__trips__departed_at__isnull=True, city__trips__isnull=False, **passed),
        Guidance.objects.filter(**passed),
    ]
    names = [each.order_by().values_list(Concat(Value(each.model.__name__), Cast("pk", CharField()))) for each in rows]
    return names[0].union(*names[1:]).count()


def sources(advice: Sequence[Advice]) -> list[Source]:
    """Each reliable source once."""
    return list(dict.fromkeys(row.source for row in advice if row.source.is_reliable))


def rows(*keys: str) -> list[Advice]:
    """The rows with these keys of the topic "help", in this order."""
    there = {row.key: row for row in Guidance.objects.filter(topic=Topic.HELP, key__in=keys)}
    return [Advice.of(there[key]) for key in keys if key in there]


def certificate() -> list[Advice]:
    """Advice on what proves citizenship, and how to order it."""
    return papers(*CERTIFICATE)


def papers(*keys: str) -> list[Advice]:
    """The rows with these keys, in this order."""
    there = {row.key: row for row in Guidance.objects.filter(key__in=keys)}
    return [Advice.of(there[key]) for key in keys if key in there]


def fees(case: PassportCase) -> Fees | None:
    """What this student's form costs and who is paid, from the Fact rows that exist; None where nothing is paid."""
    way = way_of(case)
    if way not in FEES:
        return None
    keys = FEES[way] + (FASTER.get(case.service, ()) if way != Route.ONLINE else ())
    there = {fact.key: fact for fact in Fact.objects.current().filter(key__in=(*keys, PROGRAM_PAYS))}
    paid = [there[key] for key in keys if key in there]
    if not paid:
        return None
    oldest = min(paid, key=lambda fact: (fact.is_reliable, fact.as_of))
    program = there.get(PROGRAM_PAYS)
    to = ON_THE_SITE if way == Route.ONLINE else TO_STATE
    total = dollars(sum((fact.value for fact in paid), Decimal(0)))
    return Fees(
        rows=tuple(Fee(fact.label, _value(fact), str(PAYEES.get(fact.key, to))) for fact in paid),
        total=total if oldest.is_reliable else _("about %(amount)s") % {"amount": total},
        source=Source.of(oldest),
        program=_line(program) if program and program.value else None,
    )


def extras(case: PassportCase) -> list[FactLine]:
    """Other costs that may arise on this route, each with its own source."""
    keys = EXTRAS.get(way_of(case), ())
    if keys and case.needs_certificate:
        keys = (*keys, CERTIFICATE_FEE)
    return _lines(keys)


def certificate_fee() -> list[FactLine]:
    return _lines((CERTIFICATE_FEE,))


def photo(route: str) -> list[FactLine]:
    """The measures of the photo, for routes that need one."""
    return _lines(PHOTO) if route in EXTRAS else []


def photo_rules() -> dict[str, FactLine]:
    """The same measures for everyone, by the last part of their keys: side_mm, head_min_mm, ..."""
    return {key.rpartition(".")[2]: line for key, line in zip(PHOTO, _lines(PHOTO), strict=False)}


def _lines(keys: Sequence[str]) -> list[FactLine]:
    """A line for each of these Facts that exists, in this order."""
    there = {fact.key: fact for fact in Fact.objects.current().filter(key__in=keys)} if keys else {}
    return [_line(there[key]) for key in keys if key in there]


def _line(fact: Fact) -> FactLine:
    value = _value(fact)
    payee = PAYEES.get(fact.key)
    return FactLine(fact.label, f"{value} {payee}" if payee else value, Source.of(fact))


def _value(fact: Fact) -> str:
    text = f"{fact.number} {fact.get_unit_display()}"
    if fact.unit == Fact.Unit.DOLLARS:
        text = dollars(fact.value)
    elif fact.unit == Fact.Unit.MILLIMETERS:
        text = _("%(inches)s in (%(mm)s mm)") % {"inches": inches(fact.value), "mm": fact.number}
    # an unreliable number is shown as approximate
    return text if fact.is_reliable else _("about %(amount)s") % {"amount": text}


EIGHTHS = ("", "⅛", "¼", "⅜", "½", "⅝", "¾", "⅞")


def inches(millimeters: Decimal) -> str:
    """To the nearest eighth, as a ruler shows it: 35 mm are "1⅜"."""
    whole, eighth = divmod(round(millimeters / Decimal("25.4") * 8), 8)
    return f"{whole or ''}{EIGHTHS[eighth]}" or "0"


def dollars(amount: Decimal) -> str:
    return f"${amount:,.0f}" if amount == amount.to_integral_value() else f"${amount:,.2f}"


def entry_extras(trip: Trip | None) -> list[FactLine]:
    """Other entry facts of the trip's city, from Fact rows `entry.<city>.…`, each with its own source."""
    if trip is None:
        return []
    found = Fact.objects.current().filter(key__startswith=f"entry.{trip.city.code}.").order_by("key")
    return [_line(fact) for fact in found]


def fit_note(case: PassportCase, rule: EntryRule | None) -> str:
    """Why an existing passport isn't enough for the student's trip, or what must still be looked at; "" if neither."""
    if case.placement is None or case.trip is None:
        return ""
    asked, city = planning.validity(case.trip, rule, case), case.trip.city.name
    if case.stage == PassportStage.IN_HAND and asked.blank_pages:
        text = _("Your advisor also counts the empty pages: %(city)s asks for %(count)s.")
        return text % {"city": city, "count": asked.blank_pages}
    if case.stage not in BEFORE_APPLYING:
        return ""
    if case.expires_on is not None and not asked.covers(case.expires_on):
        text = _(
            "Your passport ends on %(day)s. For %(city)s it must be valid until %(needed)s."
            " So you need a new one for this trip."
        )
        return text % {"day": day_year(case.expires_on), "city": city, "needed": day_year(asked.needed_until)}
    if asked.is_full:
        text = _(
            "Your passport has too few empty pages: %(city)s asks for %(count)s. So you need a new one for this trip."
        )
        return text % {"city": city, "count": asked.blank_pages}
    return ""
