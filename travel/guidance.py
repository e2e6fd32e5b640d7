"""What a student's passport page tells from dated rows: papers, photo, money, entry rule. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from exchange.models import DatedReference, Fact
from travel.models import EntryRule, Guidance, PassportCase
from travel.timeline import Service

Route = PassportCase.Route
Topic = Guidance.Topic

# which fees a route pays; the faster services add theirs
FEES: dict[str, tuple[str, ...]] = {
    Route.DS11: ("passport.fee.application", "passport.fee.execution"),
    Route.DS82: ("passport.fee.application",),
    Route.DS5504: (),
}
CERTIFICATE = (
    "birth-certificate-by-mail",
    "birth-certificate",
    "no-birth-certificate",
    "born-abroad",
    "other-proof-of-citizenship",
)
# what else some have to pay, by route; the birth certificate only where it must be ordered
EXTRAS: dict[str, tuple[str, ...]] = {
    Route.DS11: ("passport.fee.photo", "passport.fee.card"),
    Route.DS82: ("passport.fee.photo", "passport.fee.card"),
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
class Source:
    """Where a row comes from; `is_reliable` False sends the reader to the official page."""

    as_of: date
    name: str
    url: str
    is_reliable: bool

    @classmethod
    def of(cls, row: DatedReference) -> "Source":
        return cls(row.as_of, row.source_name, row.source_url, row.is_reliable)


@dataclass(frozen=True, slots=True)
class Advice:
    title: str
    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class Fee:
    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class Line:
    """One dated number in words, with where it comes from."""

    label: str
    value: str
    source: Source


@dataclass(frozen=True, slots=True)
class Fees:
    rows: tuple[Fee, ...]
    total: str
    source: Source | None


def by_topic(route: str) -> dict[str, list[Advice]]:
    """Topic -> the advice for this route, in order; one query. Rows without routes are for every application."""
    found: dict[str, list[Advice]] = {topic.value: [] for topic in Topic}
    for row in Guidance.objects.all():
        if route in row.routes or (not row.routes and route in FEES):
            found[row.topic].append(Advice(row.title, row.text, Source.of(row)))
    return found


def certificate() -> list[Advice]:
    """What proves citizenship, and how to order it."""
    rows = {row.key: row for row in Guidance.objects.filter(key__in=CERTIFICATE)}
    return [Advice(rows[key].title, rows[key].text, Source.of(rows[key])) for key in CERTIFICATE if key in rows]


def fees(case: PassportCase) -> Fees | None:
    """What this student's form costs, from the Fact rows that are there; None where nothing is paid."""
    if case.route not in FEES:
        return None
    keys = FEES[case.route] + FASTER.get(case.service, ())
    rows = {fact.key: fact for fact in Fact.objects.current().filter(key__in=keys)}
    paid = [rows[key] for key in keys if key in rows]
    if not paid:
        return None
    oldest = min(paid, key=lambda fact: (fact.is_reliable, fact.as_of))
    return Fees(
        rows=tuple(Fee(fact.label, dollars(fact.value)) for fact in paid),
        total=dollars(sum((fact.value for fact in paid), Decimal(0))),
        source=Source.of(oldest),
    )


def extras(case: PassportCase) -> list[Line]:
    """What else may have to be paid on this route, each with its own source."""
    keys = EXTRAS.get(case.route, ())
    if keys and case.needs_certificate:
        keys = (*keys, CERTIFICATE_FEE)
    return _lines(keys)


def certificate_fee() -> list[Line]:
    return _lines((CERTIFICATE_FEE,))


def photo(route: str) -> list[Line]:
    """The measures of the picture, for whoever needs one."""
    return _lines(PHOTO) if route in EXTRAS else []


def photo_rules() -> dict[str, Line]:
    """The same for anybody, by the last part of its key: side_mm, head_min_mm, ..."""
    return {key.rpartition(".")[2]: line for key, line in zip(PHOTO, _lines(PHOTO), strict=False)}


def _lines(keys: Sequence[str]) -> list[Line]:
    """The Fact rows that are there, in this order."""
    rows = {fact.key: fact for fact in Fact.objects.current().filter(key__in=keys)} if keys else {}
    return [Line(rows[key].label, _value(rows[key]), Source.of(rows[key])) for key in keys if key in rows]


def _value(fact: Fact) -> str:
    text = dollars(fact.value) if fact.unit == Fact.Unit.DOLLARS else f"{fact.number} {fact.get_unit_display()}"
    # no confident number where the official page must be looked at
    return text if fact.is_reliable else _("about %(amount)s") % {"amount": text}


def dollars(amount: Decimal) -> str:
    return f"${amount:,.0f}" if amount == amount.to_integral_value() else f"${amount:,.2f}"


def entry_lines(rule: EntryRule | None) -> list[tuple[str, str]]:
    """(label, value) of what the city asks of someone with a US passport."""
    if rule is None:
        return []
    lines = [(_("To enter"), rule.get_requirement_display())]
    if rule.fee:
        lines.append((_("It costs"), f"{rule.fee.normalize():f} {rule.currency}"))
    if rule.lead_days:
        lines.append((_("Allow"), _("%(days)s days") % {"days": rule.lead_days}))
    if rule.validity_months:
        lines.append(
            (
                _("Your passport must be valid"),
                _("%(months)s months, %(basis)s")
                % {"months": rule.validity_months, "basis": rule.get_validity_basis_display()},
            )
        )
    if rule.blank_pages:
        lines.append((_("Empty pages"), str(rule.blank_pages)))
    return lines
