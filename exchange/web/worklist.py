"""A list that staff work with: its columns, what the address asks of it, and what its page shows.

A page extends exchange/web/worklist.html, or puts components/list_bar.html and list_foot.html around its own table. All
that one chooses is in the address, by a form that is sent by GET: `q` searches, `sort` is a column's key, with "-" from
high to low; every other field is a filter. So a view can be linked, kept under a name, and downloaded as it is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.paginator import Page
from django.db.models import Case, Choices, F, IntegerField, OrderBy, QuerySet, Value, When
from django.http import HttpRequest, QueryDict, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.files.spreadsheets import Cell, csv_pieces, xlsx_pieces
from exchange.files.storage import HARMLESS
from exchange.models import SavedView, User

SEARCH, SORT, PAGE = "q", "sort", "page"
FILE_ROWS = 5000  # more than a city has of most things; a file is made while one waits
FILES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class SearchField(forms.CharField):
    """The search of a list; its label is also the hint in the field."""

    def __init__(self, *, label: Any) -> None:
        hint = {"type": "search", "placeholder": label, "autocomplete": "off", "spellcheck": "false"}
        super().__init__(label=label, required=False, max_length=100, widget=forms.TextInput(attrs=hint))


class SortField(forms.ChoiceField):
    """The order of a list, which phones need: they show no heads. It shows the order that the list has, so a form sent
    without a choice keeps it. `own`: the name of the order of a list without a default column."""

    def __init__(self, columns: "Columns | None" = None, *, own: Any = None) -> None:
        super().__init__(label=gettext_lazy("Sort by"), required=False)
        self.columns = columns
        if columns:
            self.offer(columns, own=own)

    def offer(self, columns: "Columns", *, own: Any = None) -> None:
        self.columns = columns
        self.choices = lambda: [*([("", own)] if own else []), *columns.choices()]

    def bound_data(self, data: Any, _initial: Any) -> Any:
        return self.columns.asked(data) if self.columns else data


def choose_from(field: Any, rows: Sequence[Any], *, empty: Any = None) -> None:
    """Choices of a TypedChoiceField by code, from rows that were fetched once: a ModelChoiceField would query again for
    each use. `empty`: the label of the choice of none."""
    found = {row.code: row for row in rows}
    field.choices = [*([("", empty)] if empty else []), *((code, str(row)) for code, row in found.items())]
    field.coerce = found.__getitem__


def place_in(choices: type[Choices], name: str) -> Case:
    """The place of a field's value among its choices, to sort by: their names have another order in each language."""
    places = [When(**{name: value}, then=Value(place)) for place, value in enumerate(choices.values)]
    return Case(*places, output_field=IntegerField())


@dataclass(frozen=True, slots=True)
class Column:
    """`order`: the fields that it sorts by; without them it can't be sorted. `falls`: the newest or highest is first.
    `cell`: its value in a file; without it, files leave the column out.

    `computed`: what names in `order` stand for that aren't fields. With it, rows without a value come last either way,
    also in the fields of `order`: it is empty, not None, where those may be null, or where the list's own module
    computes the order. No index has such an order, so the page of a long list keeps its keys
    (`applications.base.paging.Kept`). None: the database may go along an index.
    """

    key: str
    label: str | Promise
    order: Sequence[str] = ()
    falls: bool = False
    cell: Callable[[Any], Cell] | None = None
    computed: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """A column's heading on the page. `href`: sorts by it, or turns its order round. `direction`: for aria-sort."""

    label: str
    href: str = ""
    direction: str = ""

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set. `href`: the list without it."""

    label: str
    value: str
    href: str


class Columns:
    """`default`: the order without a choice, as it would stand in the address; "" is an order of the list's own."""

    def __init__(self, *columns: Column, default: str = "") -> None:
        self.by_key = {column.key: column for column in columns}
        self.default = default

    def choices(self) -> list[tuple[str, str]]:
        """For a select, which phones need: they show no heads."""
        found = []
        for column in self.by_key.values():
            if column.order:
                signs = ("-", "") if column.falls else ("", "-")
                found += [(f"{sign}{column.key}", f"{column.label} {'↓' if sign else '↑'}") for sign in signs]
        return found

    def asked(self, sort: str | None) -> str:
        """What the address asks for, if it can be had; else the default."""
        column = self.by_key.get((sort or "").removeprefix("-"))
        return sort if sort and column and column.order else self.default

    def order(self, sort: str | None) -> list[str]:
        """The fields to sort by. The primary key comes last, so that equal rows keep their places from page to page.
        Empty for the list's own order."""
        asked = self.asked(sort)
        if not asked:
            return []
        fields = [*self._column(asked).order, "pk"]
        return [_turned(name) for name in fields] if asked.startswith("-") else fields

    def without(self, key: str) -> "Columns":
        return Columns(*(column for column in self.by_key.values() if column.key != key), default=self.default)

    def is_computed(self, sort: str | None) -> bool:
        asked = self.asked(sort)
        return bool(asked) and self._column(asked).computed is not None

    def sorted[Rows: QuerySet[Any]](self, rows: Rows, sort: str | None) -> Rows:
        """The rows in the order that the address asks for; as they are in the list's own order."""
        asked = self.asked(sort)
        if not asked:
            return rows
        computed, names = self._column(asked).computed, self.order(sort)
        if computed is None:
            return rows.order_by(*names)
        found: Any = rows.alias(**computed)
        sorted_rows: Rows = found.order_by(*map(nulls_last, names))
        return sorted_rows

    def _column(self, asked: str) -> Column:
        return self.by_key[asked.removeprefix("-")]

    def heads(self, query: QueryDict) -> dict[str, Head]:
        asked = self.asked(query.get(SORT))
        return {key: self._head(column, asked, query) for key, column in self.by_key.items()}

    def _head(self, column: Column, asked: str, query: QueryDict) -> Head:
        if not column.order:
            return Head(str(column.label))
        is_asked, falls = asked.removeprefix("-") == column.key, asked.startswith("-")
        direction = ("descending" if falls else "ascending") if is_asked else ""
        next_falls = not falls if is_asked else column.falls
        return Head(str(column.label), _with(query, SORT, f"{'-' if next_falls else ''}{column.key}"), direction)

    def table(self, rows: Sequence[Any]) -> Iterator[list[Cell]]:
        """The rows of a file, its headings first."""
        shown = [column for column in self.by_key.values() if column.cell]
        yield [str(column.label) for column in shown]
        for row in rows:
            yield [column.cell(row) for column in shown if column.cell]

    def file(self, rows: Sequence[Any], form: str, *, name: str) -> StreamingHttpResponse:
        """`form`: a key of FILES. `name`: of the file and its sheet."""
        table = self.table(rows)
        pieces = csv_pieces(table) if form == "csv" else xlsx_pieces(table, sheet=name)
        filename = f"{name}-{timezone.localdate().isoformat()}.{form}".lower().replace(" ", "-")
        headers = {**HARMLESS, "Content-Disposition": content_disposition_header(True, filename)}
        return StreamingHttpResponse(pieces, content_type=FILES[form], headers=headers)


@dataclass(frozen=True, slots=True)
class Acts:
    """What can be done with the rows that are checked. `offered`: each with `key` and `label`.

    `place`: the list. `href`: the address that gets what was checked as `row`, or `all` and the `query`.
    `last_label`, `last_href`: the page of what was done last, where it can be undone.
    """

    place: str
    href: str
    offered: Sequence[Any]
    last_label: str = ""
    last_href: str = ""


@dataclass(frozen=True, slots=True)
class Worklist:
    """What the page shows. `query`: the address without the page's number.

    `place`: the name of the list's address, under which people keep views of it; `views` are this person's, and `view`
    is the one that is shown. `has_peek`: each row can be looked at beside the list (data-peek in its link).
    """

    title: str
    form: forms.Form
    page: Page[Any]
    heads: Mapping[str, Head]
    query: str
    chips: list[Chip] = field(default_factory=list)
    place: str = ""
    views: list[SavedView] = field(default_factory=list)
    acts: Acts | None = None
    has_peek: bool = False

    @property
    def view(self) -> SavedView | None:
        return next((each for each in self.views if each.query == self.query), None)

    @property
    def count(self) -> int:
        return self.page.paginator.count

    @property
    def file_rows(self) -> int:
        return FILE_ROWS

    @property
    def is_too_long_for_a_file(self) -> bool:
        return self.count > FILE_ROWS

    @property
    def is_filtered(self) -> bool:
        return bool(self.chips)

    @property
    def filters(self) -> list[Any]:
        """The fields of the panel: all but the search, which is always in sight."""
        return [bound for bound in self.form if bound.name != SEARCH and not bound.is_hidden]


def worklist(
    request: HttpRequest,
    *,
    title: str,
    columns: Columns,
    form: forms.Form,
    page: Page[Any],
    kept: Sequence[str] = (),
    acts: Acts | None = None,
    has_peek: bool = False,
) -> Worklist:
    """`form`: valid or not; what it doesn't know is no filter. `kept`: fields without which the list is another one.
    One query, for the person's own views."""
    query = request.GET.copy()
    query.pop(PAGE, None)
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    place = request.resolver_match.view_name if request.resolver_match else ""
    views = list(SavedView.objects.of(request.user, place)) if place and isinstance(request.user, User) else []
    offered = acts if acts and acts.offered else None
    chips = _chips(form, query, kept)
    heads = columns.heads(query)
    return Worklist(title, form, page, heads, query.urlencode(), chips, place, views, offered, has_peek)


def _chips(form: forms.Form, query: QueryDict, kept: Sequence[str]) -> list[Chip]:
    form.is_valid()
    names = [name for name in form.fields if name not in (SORT, *kept) and query.get(name)]
    return [
        Chip(
            _("Search") if name == SEARCH else str(form.fields[name].label or ""),
            shown_value(form, name),
            _with(query, name, ""),
        )
        for name in names
        if form.cleaned_data.get(name)
    ]


def shown_value(form: forms.Form, name: str) -> str:
    """What was chosen in a field of a form that was checked, as its choice reads."""
    chosen_field, value = form.fields[name], form.cleaned_data[name]
    if isinstance(chosen_field, forms.ChoiceField) and not isinstance(chosen_field, forms.ModelChoiceField):
        choices: Any = chosen_field.choices
        value = dict(choices).get(form[name].data, value)
    return str(value)


def nulls_last(name: str) -> OrderBy:
    """Not left to the database: to PostgreSQL null is the highest value, to SQLite the lowest."""
    return OrderBy(F(name.removeprefix("-")), descending=name.startswith("-"), nulls_last=True)


def _turned(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def _with(query: QueryDict, name: str, value: str) -> str:
    """The address of the list with this value, without it if that is empty."""
    changed = query.copy()
    changed.pop(name, None)
    if value:
        changed[name] = value
    return f"?{changed.urlencode()}"
