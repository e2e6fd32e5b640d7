"""What a student's passport page shows from dated rows: documents, photo, fees, entry rule. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.base import costs
from applications.base.costs import CostTable, Promised
from exchange.models import Fact
from exchange.templatetags.ui import day_year, full_day
from travel.base.fee_promises import promised_to, promised_to_all
from travel.base.sources import Source
from travel.models import EntryRule, FeeVoucher, Guidance, PassportCase, Trip
from travel.passport.plan import planning
from travel.passport.plan.planning import way_of
from travel.passport.plan.timeline import Service
from travel.passport.way import pictures
from travel.passport.way import route as passport_route
from travel.passport.way.pictures import Drawing
from travel.passport.way.route import Age, Answer, Answers, Born, Name, Paper, TravelOn, Where, age_of
from travel.states import BEFORE_APPLYING, PassportStage

Route = PassportCase.Route
Topic = Guidance.Topic

# what each route costs (`applications.base.costs`); faster services add theirs
FEES: dict[str, tuple[str, ...]] = {
    Route.DS11: ("application", "execution", "photo"),
    Route.LOST: ("application", "execution", "photo"),
    Route.DS82: ("application", "photo"),
    Route.ONLINE: ("application",),
    Route.DS5504: ("photo",),
}
CERTIFICATE = (
    "birth-certificate-by-mail",
    "birth-certificate",
    "no-birth-certificate",
    "born-abroad",
    "other-proof-of-citizenship",
)
REPORT_LOST = "report-lost"
STATE_ID, STATE_ID_DAYS = "photo-id-missing", "passport.days.state_id"
# shown on pages of their own
WHAT_CAN_STOP = ("what-can-stop-a-passport", "stop-who-to-call")
FAMILY_TIES = ("family-ties",)
ELSEWHERE_PAGE = ("elsewhere-passport", "elsewhere-visa", "elsewhere-refugee", "elsewhere-private")
ELSEWHERE = frozenset({*WHAT_CAN_STOP, *FAMILY_TIES, *ELSEWHERE_PAGE})
# routes that need a printed photo
WITH_PHOTO = frozenset({Route.DS11, Route.LOST, Route.DS82, Route.DS5504})
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
    Service.EXPEDITED: ("expedite",),
    Service.EXPEDITED_FAST: ("expedite", "fast_return"),
    Service.URGENT_COUNTER: ("expedite",),
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
class FactLine:
    """One dated number in words, with its source."""

    label: str
    value: str
    source: Source


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
    if STATE_ID in mine:
        weeks = _weeks_for_an_id(case)
        found[Topic.PAPER] = [
            replace(each, text=f"{each.text}\n\n{weeks}") if weeks and each.key == STATE_ID else each
            for each in found[Topic.PAPER]
        ]
    return found


def _weeks_for_an_id(case: PassportCase) -> str:
    """How long a state ID card takes, against this student's own dates; "" where nobody has entered it."""
    fact = Fact.objects.current().filter(key=STATE_ID_DAYS).first()
    if fact is None:
        return ""
    days = int(fact.value)
    said = ngettext(
        "The ID card takes about %(weeks)s week to come in the mail.",
        "The ID card takes about %(weeks)s weeks to come in the mail.",
        weeks := -(-days // 7),
    ) % {"weeks": weeks}
    if case.documents_by is None:
        return said
    ask_by = case.documents_by - timedelta(days=days)
    if ask_by < timezone.localdate():
        return f"{said} {_('That’s too slow for your dates now, so bring your cards and the person who knows you.')}"
    return f"{said} {_('If that’s your choice, apply for it by %(day)s.') % {'day': full_day(ask_by)}}"


def paper_keys(case: PassportCase, answers: Answers | None = None) -> tuple[str, ...]:
    """Keys of the documents this student needs. The certificate page may have changed what the answers said."""
    answers = answers or _usual(case)
    keys = passport_route.papers(answers, way_of(case), _age(case, answers))
    if case.reported_at:
        keys = tuple(key for key in keys if key != REPORT_LOST)
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


def fees(case: PassportCase, promised: Mapping[str, Promised], vouchers: Iterable[FeeVoucher] = ()) -> CostTable | None:
    """What this student's passport costs in all and who pays it, `vouchers` included; None where nothing is paid.

    With a plan for a faster service, its fees are in the total, and the birth certificate where it must be ordered.
    """
    way = way_of(case)
    if way not in FEES:
        return None
    faster = FASTER.get(case.service, ()) if way != Route.ONLINE else ()
    certificate = ("birth_certificate",) if case.needs_certificate else ()
    return costs.costs(
        (*FEES[way], *faster, *certificate),
        promised,
        total_label=_("Total with expedited service, because routine service would be too slow now")
        if faster
        else _("Total for your passport"),
        online=way == Route.ONLINE,
        vouchers={voucher.fee: voucher.amount for voucher in vouchers},
    )


def certificate_fee(case: PassportCase) -> CostTable | None:
    return costs.costs(("birth_certificate",), promised_in(case), total_label=_("Total"))


def promised_in(case: PassportCase) -> dict[str, Promised]:
    """What the city pays of this student's passport."""
    return promised_to(case.placement) if case.placement else promised_to_all(case.application.cycle)


def photo(route: str) -> list[FactLine]:
    """The measures of the photo, for routes that need one."""
    return _lines(PHOTO) if route in WITH_PHOTO or route == Route.ONLINE else []


def photo_rules() -> dict[str, FactLine]:
    """The same measures for everyone, by the last part of their keys: side_mm, head_min_mm, ..."""
    return {key.rpartition(".")[2]: line for key, line in zip(PHOTO, _lines(PHOTO), strict=False)}


def _lines(keys: Sequence[str]) -> list[FactLine]:
    """A line for each of these Facts that exists, in this order."""
    there = {fact.key: fact for fact in Fact.objects.current().filter(key__in=keys)} if keys else {}
    return [_line(there[key]) for key in keys if key in there]


def _line(fact: Fact) -> FactLine:
    return FactLine(fact.label, _value(fact), Source.of(fact))


def _value(fact: Fact) -> str:
    text = f"{fact.number} {fact.get_unit_display()}"
    if fact.unit == Fact.Unit.DOLLARS:
        text = costs.dollars(fact.value)
    elif fact.unit == Fact.Unit.MILLIMETERS:
        text = _("%(inches)s in (%(mm)s mm)") % {"inches": inches(fact.value), "mm": fact.number}
    # an unreliable number is shown as approximate
    return text if fact.is_reliable else _("about %(amount)s") % {"amount": text}


EIGHTHS = ("", "⅛", "¼", "⅜", "½", "⅝", "¾", "⅞")


def inches(millimeters: Decimal) -> str:
    """To the nearest eighth, as a ruler shows it: 35 mm are "1⅜"."""
    whole, eighth = divmod(round(millimeters / Decimal("25.4") * 8), 8)
    return f"{whole or ''}{EIGHTHS[eighth]}" or "0"


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
        text = _("Your advisor will also count the empty pages. %(city)s requires %(count)s.")
        return text % {"city": city, "count": asked.blank_pages}
    if case.stage not in BEFORE_APPLYING:
        return ""
    if case.expires_on is not None and not asked.covers(case.expires_on):
        said = planning.expires(case.expires_on)
        text = _("%(expires)s For %(city)s, it has to be valid until %(needed)s. You need a new one for this trip.")
        return text % {"expires": said, "city": city, "needed": day_year(asked.needed_until)}
    if asked.is_full:
        text = _(
            "Your passport doesn’t have enough empty pages. %(city)s requires %(count)s. You need a new one for"
            " this trip."
        )
        return text % {"city": city, "count": asked.blank_pages}
    return ""
