"""The list of messages to groups: which of them the filters find, in which order, what each row says, and its file."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from applications.models import GroupMessage, GroupRecipient
from applications.models.group_message import GroupMessageQuerySet
from exchange.base import audit, roles
from exchange.base.folded_text import Folded, folded
from exchange.models import User
from exchange.people.searching import people_called
from exchange.web.worklist import SORT, Column, Columns, SearchField, SortField, choose_from
from travel.office.group_messages.group_page import state_of

OPENING = 90  # signs of a text in its row
DRAFT, SCHEDULED, GOING, SENT, CANCELED = "draft", "scheduled", "going", "sent", "canceled"
# in the order in which they follow each other; a draft that was discarded is on no list
STATES = {
    DRAFT: (_("draft"), Q(confirmed_at=None)),
    SCHEDULED: (_("scheduled"), Q(confirmed_at__isnull=False, started_at=None, called_off_at=None)),
    GOING: (_("going out"), Q(started_at__isnull=False, finished_at=None)),
    SENT: (_("sent"), Q(finished_at__isnull=False)),
    CANCELED: (_("canceled"), Q(confirmed_at__isnull=False, called_off_at__isnull=False)),
}
COLUMNS = Columns(
    Column("message", _("Message")),
    Column("en", _("In English"), cell=lambda row: row.group.body_en),
    Column("es", _("In Spanish"), cell=lambda row: row.group.body_es),
    Column("students", _("Students"), ("count",), falls=True, cell=lambda row: row.group.count),
    Column("author", _("From"), ("author__full_name", "created_at"), cell=lambda row: str(row.group.author)),
    Column(
        "written",
        pgettext_lazy("message", "Written"),
        ("created_at",),
        falls=True,
        cell=lambda row: row.group.created_at,
    ),
    Column("when", _("When"), ("send_at",), falls=True, computed={}, cell=lambda row: row.group.send_at),
    Column("state", _("Status"), ("rank", "send_at"), computed={}, cell=lambda row: row.state),
    default="-written",
)


class GroupFilterForm(forms.Form):
    """Filters of the list, from its address. Values that aren't a choice are no filter."""

    q = SearchField(label=_("Words in the message, or who wrote it"))
    state = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", pgettext_lazy("messages", "all")), *((key, label) for key, (label, _is) in STATES.items())],
    )
    author = forms.TypedChoiceField(label=_("From"), required=False, empty_value=None)
    sort = SortField(COLUMNS)

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        if roles.is_coordinator(user):
            written = GroupMessage.objects.visible_to(user).order_by().values("author")
            authors = list(User.objects.filter(pk__in=written).order_by("full_name", "pk"))
            choose_from(self.fields["author"], authors, empty=pgettext_lazy("people", "all"))
        else:  # an advisor has only their own
            del self.fields["author"]


@dataclass(frozen=True, slots=True)
class Row:
    """`opening`: how its text begins; `language`: of the opening."""

    group: Any
    opening: str
    language: str
    state: str
    tone: str


def found(rows: GroupMessageQuerySet, form: GroupFilterForm) -> QuerySet[Any]:
    """Those of `rows` that the filters find, in the order of the form; each with `count`, of its students."""
    form.is_valid()
    given = form.cleaned_data
    rows = rows.exclude(confirmed_at=None, called_off_at__isnull=False)
    if state := given.get("state"):
        rows = rows.filter(STATES[state][1])
    if author := given.get("author"):
        rows = rows.filter(author=author)
    if typed := given.get("q", "").strip():
        rows = rows.alias(said_en=Folded("body_en"), said_es=Folded("body_es"))
        rows = rows.filter(_says(typed) | Q(author__in=people_called(typed).values("pk")))
    per_group = GroupRecipient.objects.filter(group=OuterRef("pk")).order_by().values("group")
    counted: QuerySet[Any] = rows.annotate(
        count=Coalesce(Subquery(per_group.values(count=Count("pk"))), 0),
        rank=Case(*(When(is_, then=Value(rank)) for rank, (_label, is_) in enumerate(STATES.values())), default=9),
    )
    return COLUMNS.sorted(counted.select_related("author").defer("query"), given.get(SORT))


def _says(typed: str) -> Q:
    """Each word is in one of its texts, with or without accents."""
    says = Q()
    for word in folded(typed).split():
        says &= Q(said_en__contains=word) | Q(said_es__contains=word)
    return says


def rows_of(groups: Iterable[Any]) -> list[Row]:
    """`groups`: of `found`."""
    return [_row(group) for group in groups]


def _row(group: GroupMessage) -> Row:
    texts = {"en": group.body_en, "es": group.body_es}
    language = (get_language() or "en")[:2]
    if not texts.get(language):
        language = next(each for each, text in texts.items() if text)
    label, tone = state_of(group)
    return Row(group, Truncator(texts[language]).chars(OPENING), language, label, tone)


@transaction.atomic
def record_download(*, query: str, rows: int, by: User) -> None:
    """A file with what was written to students leaves the portal: who took it, and how much it has."""
    audit.record("group_message.download", by, by=by, changes={"query": query, "rows": rows})
