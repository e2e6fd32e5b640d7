"""What "Download everything we hold about you" takes from each table, and what stays out, each with a reason.

Each model says so (`exchange.base.personal`); here it's read, with what can't be said in a word. Staff appear by their
role, never by name: the student learns what was done, not whose evening it was. One exception: a helper, whom the
student let in by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import ForeignKey, Model, Q, QuerySet
from django.utils.translation import gettext as _

from applications.apply.results import HEADINGS, feedback_for
from applications.models import Application, DraftField, Endorsement, Interest, Upload
from exchange.base import personal
from exchange.base.personal import Personal
from exchange.models import Event, Mailbox, Role, User
from travel.models import DocumentNumber, FeasibleCities, Photo, Receipt, ReflectionField, StepFile, SurveyResponse

# actions of readers and the committee before the release, and a referee's unsent text
NOT_TOLD = ("selection.decide", "selection.undo", "recommendation.save_draft")
READERS = "review."
OF_THE_COMMITTEE = "committee."
TOLD_OF_READERS = "review.endorse"  # an endorsement isn't a reading
# of whose rows the events are about the person
LOGGED = (
    *("exchange.User", "exchange.TextConsent", "applications.Application", "applications.Upload"),
    *("applications.Recommendation", "applications.HelpSession", "applications.Offer", "applications.Thread"),
    *("travel.Placement", "travel.PassportCase", "travel.ChecklistItem", "travel.Reflection", "travel.SurveyResponse"),
    *("travel.Photo", "travel.FollowOnProject", "travel.SelfReport", "travel.TripLine", "travel.SignedForm"),
    *("travel.FamilyLink", "travel.MoneyPromise", "travel.Receipt", "travel.SigningLink", "travel.GuardianCall"),
)


@dataclass(frozen=True, slots=True)
class ExportTable:
    """`ways`: from the row to each value."""

    model: type[Model]
    personal: Personal

    @property
    def names(self) -> set[str]:
        return set(self.personal.columns)

    @property
    def left_out(self) -> Mapping[str, str]:
        return self.personal.left_out

    def rows(self, user: User) -> QuerySet[Any]:
        """This person's. Includes those of a draft from before signing in that was merged into their application."""
        label = self.model._meta.label
        if label in ROWS:
            return ROWS[label](user)
        mine, ways = Q(), personal.ways_of(self.model, self.personal)
        for way in ways:
            mine |= Q(**{way: user.pk})
            if way.endswith("application__student") and "placement" not in way:
                mine |= Q(**{way.replace("application__", "application__merged_into__"): user.pk})
        first = ways[0].partition("__")[0]
        order = [f"{first}_id"] if "__" in ways[0] else []
        found = self.model._default_manager.filter(mine, **self.personal.only).order_by(*order, "pk")
        related = [*self._related(), *self.personal.related.split()]
        return found.select_related(*related) if related else found

    def _related(self) -> list[str]:
        """Rows that values are read of."""
        ways = [way.split(".") for way in self.personal.columns.values()]
        keys = {each.name for each in self.model._meta.concrete_fields if isinstance(each, ForeignKey)}
        return ["__".join(way[:-1]) if len(way) > 1 else way[0] for way in ways if way[0] in keys]

    def values(self, row: Any) -> dict[str, Any]:
        label = self.model._meta.label
        return {
            name: SPECIAL[f"{label}.{name}"](row) if f"{label}.{name}" in SPECIAL else _read(row, way)
            for name, way in self.personal.columns.items()
        }


def _read(row: Any, way: str) -> Any:
    """The value at the end of the way, None where the way ends before."""
    for step in way.split("."):
        if row is None:
            return None
        row = row[step] if isinstance(row, dict) else getattr(row, step)
        row = row() if callable(row) and not isinstance(row, Model) else row
    return row


def path_of(row: Upload | Receipt | StepFile | Photo) -> str:
    """The file's path in the ZIP, under a name of ours; the list has the person's own. "": it isn't kept."""
    match row:
        case _ if row.state != Upload.State.KEPT or not row.file:
            return ""
        case Upload():
            return f"files/{row.application.code}-{row.pk}{row.extension}"
        case Receipt():
            return f"files/receipt-{row.promise.code}-{row.pk}{row.extension}"
        case StepFile():
            return f"files/checklist-{row.item.placement.code}-{row.pk}{row.extension}"
        case Photo():
            return f"files/photo-{row.pk}{row.extension}"
    raise TypeError(row)


def _is_told(application: Application) -> bool:
    return application.status in HEADINGS


def _result(row: Endorsement) -> str:
    return row.result if _is_told(row.application) else _("shared with the decision")


def _written(draft: DraftField | ReflectionField) -> list[dict[str, Any]]:
    return [{"value": version.get("value"), "typed_at": version.get("typed_at")} for version in draft.versions]


def _rated(response: SurveyResponse) -> dict[str, list[dict[str, Any]]]:
    return {
        key: [{"value": each.get("value"), "typed_at": each.get("typed_at")} for each in row["versions"]]
        for key, row in response.states.items()
    }


def _cities(row: FeasibleCities) -> list[str]:
    return [city.name for city in row.cities.all()]


def targets_of(user: User) -> Q:
    """Events about this person: about their account, and about each of their rows."""
    found = Q(pk__in=[])
    for label in LOGGED:
        rows = TABLES[label].rows(user).order_by().values("pk")
        found |= Q(target_model=label.lower(), target_id__in=rows)
    return found


def _events(user: User) -> QuerySet[Any]:
    told = Event.objects.filter(targets_of(user)).exclude(action__in=NOT_TOLD)
    told = told.exclude(Q(action__startswith=READERS) & ~Q(action=TOLD_OF_READERS))
    told = told.exclude(action__startswith=OF_THE_COMMITTEE)
    return told.select_related("by").prefetch_related("by__roles").order_by("at", "pk")


def _mailboxes(user: User) -> QuerySet[Any]:
    return Mailbox.objects.filter(address=(user.email or "").lower()).exclude(address="")


def _interests(user: User) -> QuerySet[Any]:
    by_email = Q(email=(user.email or "").lower()) & ~Q(email="")
    return Interest.objects.filter(by_email | Q(phone=user.phone or "") & ~Q(phone=""))


def _numbers(user: User) -> QuerySet[Any]:
    mine = DocumentNumber.objects.filter(placement__application__student=user).defer("number")
    return mine.select_related("placement").order_by("placement_id", "pk")


# tables whose rows no key leads to, or of which a column isn't even read
ROWS: dict[str, Callable[[User], QuerySet[Any]]] = {
    "exchange.Mailbox": _mailboxes,
    "exchange.Event": _events,
    "applications.Interest": _interests,
    "travel.DocumentNumber": _numbers,
}
SPECIAL: dict[str, Callable[[Any], Any]] = {
    "applications.Application.feedback": lambda row: list(feedback_for(row)) if _is_told(row) else [],
    "applications.Answer.is_still_asked": lambda row: row.question.section.form_id == row.application.form_id,
    "applications.DraftField.versions": _written,
    "applications.Upload.file": path_of,
    "applications.Endorsement.result": _result,
    "applications.HelpSession.helper": lambda row: str(row.helper or ""),
    "travel.FeasibleCities.cities": _cities,
    "travel.Receipt.file": path_of,
    "travel.StepFile.file": path_of,
    "travel.ReflectionField.versions": _written,
    "travel.Photo.path": path_of,
    "travel.SurveyResponse.states": _rated,
}
TABLES = {model._meta.label: ExportTable(model, each) for model, each in personal.tables() if each.copied}
LEFT_OUT = {model._meta.label: each.kept_out for model, each in personal.tables() if each.kept_out}


def rows_of(user: User, *labels: str) -> list[Any]:
    """The person's rows of these tables, also of accounts that were merged into theirs."""
    others = user.account_keys[1:]
    accounts = [user, *(User.objects.filter(pk__in=others).order_by("pk") if others else ())]
    return [row for label in labels for account in accounts for row in TABLES[label].rows(account)]


def who(person: User | None, *, me: User) -> str:
    """A person by role. Staff are named on the pages where you meet them, not in this file."""
    if person is None:
        return _("the portal")
    if person.pk in me.account_keys:
        return _("you")
    kinds = {role.kind for role in person.roles.all()}
    if Role.Kind.COORDINATOR in kinds:
        return _("the exchange team")
    if Role.Kind.ADVISOR in kinds:
        return _("an advisor")
    return _("a staff member")
