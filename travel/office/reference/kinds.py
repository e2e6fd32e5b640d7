"""The kinds of dated rows that the office keeps under Set up, and their groups in plain words.

A test checks that every dated model is a kind, or among those with a page of their own (`ELSEWHERE`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.base import costs
from exchange.models import ConsentText, DatedReference, Fact, NoticeSection, PartnerCity, RetentionRule
from exchange.models.reference import whole
from travel.base.reference_files import Row
from travel.models import CityStanding, EntryRule, Guidance, GuideTip, HealthRule, HelpNumber
from travel.office.reference import files as reference_files
from travel.partners.entry_rules import none_for

TEXTS = frozenset({"CharField", "TextField", "SlugField", "URLField"})
APART = ":"  # between the parts of a row's address


@dataclass(frozen=True, slots=True)
class Kind:
    """A model of dated rows. `parts`: the lookups that make the address of a row.

    `review_fact`: the fact with the days after which a row is looked at again. `one`: what one row is called.
    """

    key: str
    model: type[DatedReference]
    parts: tuple[str, ...]
    one: Promise
    review_fact: str = "reference.review_days"
    can_add: bool = False
    can_remove: bool = False
    has_city: bool = False

    def rows(self) -> QuerySet[Any]:
        """The rows in force."""
        rows: Any = self.model._default_manager.all()
        found: QuerySet[Any] = rows.current() if hasattr(rows, "current") else rows
        return found.select_related("city") if self.has_city else found

    def find(self, address: str) -> Any:
        """The row in force at this address, or None."""
        parts = address.split(APART)
        if len(parts) != len(self.parts) or "\x00" in address:
            return None
        wanted = dict(zip(self.parts, parts, strict=True))
        return self.rows().filter(**wanted).first() if _fits(wanted) else None

    def address(self, row: Model | Row) -> str:
        return APART.join(str(_at(row, part)) for part in self.parts)

    def href(self, row: Model) -> str:
        return reverse("travel:reference-row", args=[self.key, self.address(row)])

    def shipped(self, cities: reference_files.Cities | None = None) -> dict[str, tuple[Row, Row]]:
        """What the files say, by address: the key and the values. At most one query, none with `cities`."""
        return {self.address(key): (key, values) for key, values in reference_files.shipped(self.model, cities)}


def _fits(wanted: Mapping[str, str]) -> bool:
    return "version" not in wanted or (wanted["version"].isdecimal() and len(wanted["version"]) < 5)


def _at(row: Any, part: str) -> Any:
    """The value at a lookup such as city__code, of a row or of a key from the files."""
    return reduce(
        lambda found, name: found[name] if isinstance(found, dict) else getattr(found, name), part.split("__"), row
    )


FACT = Kind("fact", Fact, ("key",), gettext_lazy("fact"), can_add=True)
ENTRY = Kind(
    "entry",
    EntryRule,
    ("city__code", "document"),
    gettext_lazy("entry rule"),
    review_fact="reference.entry_review_days",
    can_add=True,
    can_remove=True,
    has_city=True,
)
HEALTH = Kind(
    "health",
    HealthRule,
    ("key",),
    gettext_lazy("health rule"),
    review_fact="reference.entry_review_days",
    can_add=True,
    can_remove=True,
    has_city=True,
)
GUIDANCE = Kind("guidance", Guidance, ("topic", "key"), gettext_lazy("guidance"), can_add=True, can_remove=True)
RETENTION = Kind("retention", RetentionRule, ("key",), gettext_lazy("reason why we keep data"))
NOTICE = Kind("notice", NoticeSection, ("page", "key"), gettext_lazy("part of a public notice"))
CONSENT = Kind("consent", ConsentText, ("key", "version"), gettext_lazy("text that students sign"))
KINDS = {kind.key: kind for kind in (FACT, ENTRY, HEALTH, GUIDANCE, RETENTION, NOTICE, CONSENT)}
# dated models that have a page of their own, where the office changes them
ELSEWHERE: dict[type[DatedReference], str] = {
    CityStanding: "the page of its city records it, because a warning can stop a trip",
    HelpNumber: "the page of its city, beside the cards that travelers carry",
    GuideTip: "the first-flight guide, where a trip can have tips of its own",
}


def kind_of(model: type[Model]) -> Kind | None:
    return next((kind for kind in KINDS.values() if kind.model is model), None)


def cities_without_rule() -> QuerySet[PartnerCity]:
    """Offered cities of which nobody has said what they ask of visitors."""
    return PartnerCity.objects.filter(none_for("pk"), is_offered=True)


# --- Groups ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together for the office. `starts`: of facts, how their keys begin."""

    key: str
    kind: Kind
    title: Promise
    starts: tuple[str, ...] = ()


REMINDERS = Group(
    "reminders",
    FACT,
    gettext_lazy("Reminder days"),
    (
        *("reminder.", "due.remind", "checklist.remind", "passport_day.remind", "orientation.remind"),
        *("interview.remind", "referee.remind", "agreement.remind", "signing.remind", "survey.reminder"),
    ),
)
COMMITTEE = Group(
    "committee",
    FACT,
    gettext_lazy("Reading and selection"),
    ("review.", "scoring.", "norming.", "interview.", "selection.", "committee.", "offer.", "appeal.", "pipeline."),
)
KEEPING = Group("keeping", FACT, gettext_lazy("How long we keep data"), ("retention.", "request."))
FEES = Group(
    "fees",
    FACT,
    gettext_lazy("Passport fees"),
    ("passport.fee.",),
)
TIMES = Group(
    "times",
    FACT,
    gettext_lazy("How long a passport takes"),
    ("passport.days.", "checklist."),
)
PASSPORT = Group("passport", FACT, gettext_lazy("Passport rules and the photo"), ("passport.rule.", "passport.photo."))
COUNTERS = Group(
    "counters",
    FACT,
    gettext_lazy("Acceptance facilities, passport days and calls"),
    ("facility.", "passport_day.", "calls.", "board."),
)
ENTERING = Group("entering", FACT, gettext_lazy("More about each city’s entry rules"), ("entry.",))
PROGRAM = Group(
    "program",
    FACT,
    gettext_lazy("Applications"),
    ("program.", "application.", "draft.", "referee.", "help.", "interest.", "enrollment."),
)
TRIP = Group(
    "trip",
    FACT,
    gettext_lazy("Before, during and after the trip"),
    (
        *("abroad.", "roster.", "check_in.", "orientation.", "ticketing.", "signing.", "family.", "clearance."),
        *("break_glass.", "host.", "calendar."),
    ),
)
FIGURES = Group(
    "figures",
    FACT,
    gettext_lazy("Survey and published figures"),
    ("survey.", "followup.", "comparison.", "disclosure.", "fairness.", "yardstick."),
)
MESSAGES = Group("messages", FACT, gettext_lazy("Text messages"), ("message.", "text."))
PORTAL = Group(
    "portal",
    FACT,
    gettext_lazy("Sign-in, uploads and the portal itself"),
    (
        *(
            "session.",
            "sign_in.",
            "unknown_mail.",
            "account.",
            "invitation.",
            "people.",
            "upload.",
            "export.",
            "job.",
            "backup.",
            "watch.",
        ),
        *("withdrawal.", "task.", "reference."),
    ),
)
OTHER = Group("other", FACT, gettext_lazy("Other numbers"), ("",))
RULES = Group("entry", ENTRY, gettext_lazy("What each city asks of visitors"))
# in the order in which a fact finds its group
OF_FACTS = (
    *(REMINDERS, KEEPING, FEES, TIMES, PASSPORT, COUNTERS, ENTERING, PROGRAM, COMMITTEE, TRIP, FIGURES, MESSAGES),
    *(PORTAL, OTHER),
)
OF_KINDS = {
    ENTRY.key: RULES,
    HEALTH.key: Group("health", HEALTH, gettext_lazy("Vaccines and medicines")),
    GUIDANCE.key: Group("guidance", GUIDANCE, gettext_lazy("Passport guidance")),
    RETENTION.key: Group("retention", RETENTION, gettext_lazy("Why we keep data")),
    NOTICE.key: Group("notice", NOTICE, gettext_lazy("Privacy notice and accessibility statement")),
    CONSENT.key: Group("consent", CONSENT, gettext_lazy("Texts that students sign")),
}
GROUPS = {
    group.key: group
    for group in (
        *(FEES, TIMES, PASSPORT, COUNTERS, OF_KINDS["guidance"], RULES, ENTERING, OF_KINDS["health"], REMINDERS),
        *(COMMITTEE, PROGRAM, TRIP, FIGURES, MESSAGES, KEEPING, OF_KINDS["retention"], OF_KINDS["notice"]),
        *(OF_KINDS["consent"], PORTAL, OTHER),
    )
}


def group_of(kind: Kind, row: Any) -> Group:
    if kind is not FACT:
        return OF_KINDS[kind.key]
    if row.key.endswith(".keep_days"):
        return KEEPING
    return next(group for group in OF_FACTS if row.key.startswith(group.starts))


# --- A row in words ----------------------------------------------------------------------------------


def name_of(row: Any) -> str:
    """With the city in front: several cities ask the same."""
    name = str(getattr(row, "label", "") or getattr(row, "title", "") or getattr(row, "what", "") or row)
    if isinstance(row, EntryRule):
        return str(row.city)
    city = str(getattr(row, "city", None) or "")
    return f"{city}: {name}" if city else name


def value_of(row: Any) -> str:
    """The value in words, "" for a row that has only text."""
    if isinstance(row, Fact):
        return fact_value(row, row.value)
    if isinstance(row, EntryRule):
        return str(row.get_requirement_display())
    return str(row.get_strength_display()) if isinstance(row, HealthRule) else ""


def fact_value(fact: Fact, value: Decimal) -> str:
    if fact.unit == Fact.Unit.DOLLARS:
        return costs.dollars(value)
    return str(whole(value)) if fact.unit == Fact.Unit.COUNT else f"{whole(value)} {fact.get_unit_display()}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a row stands. `shipped`: the files' key and values for it. `ours`: what the office's row says otherwise."""

    kind: Kind
    row: Any
    group: Group
    shipped: tuple[Row, Row] | None
    ours: Row

    @property
    def is_late(self) -> bool:
        return bool(self.row.review_on < timezone.localdate())

    @property
    def is_newer(self) -> bool:
        """Whether an update brought something else after the office last looked."""
        return bool(self.ours and self.shipped and self.shipped[1]["as_of"] > self.row.as_of)

    @property
    def needs_a_look(self) -> bool:
        return self.is_late or self.is_newer or not self.row.is_confirmed

    @property
    def tag(self) -> tuple[str, str]:
        """(label, tone), ("", "") where there's nothing to say."""
        if self.is_late:
            return _("check again"), "stop"
        if self.is_newer:
            return _("an update says otherwise"), "wait"
        if not self.row.is_confirmed:
            return _("not confirmed"), "wait"
        return (_("changed by us"), "good") if self.ours else ("", "")

    @property
    def name(self) -> str:
        return name_of(self.row)

    @property
    def value(self) -> str:
        return value_of(self.row)

    @property
    def href(self) -> str:
        return self.kind.href(self.row)

    @property
    def can_remove(self) -> bool:
        """Code reads the facts that ship with the portal; the office's own may go."""
        return self.kind.can_remove or (self.kind is FACT and self.shipped is None)

    @property
    def words(self) -> str:
        """Everything it says, to be searched in either language."""
        names = (field.name for field in self.row._meta.concrete_fields if field.get_internal_type() in TEXTS)
        return " ".join([self.name, self.value, *(str(getattr(self.row, name)) for name in names)]).casefold()


def standing(kind: Kind, row: Any, shipped: Mapping[str, tuple[Row, Row]] | None = None) -> Standing:
    found = (kind.shipped() if shipped is None else shipped).get(kind.address(row))
    ours = reference_files.saying_otherwise(row, found[1]) if found else {}
    return Standing(kind, row, group_of(kind, row), found, ours)


def standings(kinds: Iterable[Kind]) -> list[Standing]:
    """All rows in force of these kinds: first those that need a look, the longest overdue first; then by group."""
    found, cities = [], reference_files.cities_now()
    for kind in kinds:
        shipped = kind.shipped(cities)
        found += [standing(kind, row, shipped) for row in kind.rows()]
    order = {key: place for place, key in enumerate(GROUPS)}

    def place(each: Standing) -> tuple[object, ...]:
        rest = (order[each.group.key], each.name.casefold())
        return (0, each.row.review_on, *rest) if each.needs_a_look else (1, *rest)

    return sorted(found, key=place)
