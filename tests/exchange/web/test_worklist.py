"""Lists of staff: what the address asks for, what the page and the file show."""

import io
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django import forms
from django.core.paginator import Paginator
from django.db.models import F
from django.http import QueryDict
from django.template import Context, Template
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from exchange.models import User
from exchange.web.worklist import SORT, Column, Columns, SearchField, SortField, worklist
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, application_facts, review_facts
from tests.factories_travel import travel_facts

COLUMNS = Columns(
    Column("name", "Student", ("full_name",), cell=lambda row: row["name"]),
    Column("college", "College", ("college__name", "-joined_at")),
    Column("received", "Received", ("submitted_at",), falls=True, cell=lambda row: row["received"]),
    Column("note", "Note", cell=lambda row: row.get("note")),
    default="-received",
)
NOW = timezone.now()
ROWS = [{"name": "=Ana", "received": 3}, {"name": "Bea", "received": 2, "note": "late"}]


class Filters(forms.Form):
    q = SearchField(label="Name or code")
    status = forms.ChoiceField(label="Status", choices=[("", "all"), ("sent", "submitted")], required=False)
    state = forms.CharField(required=False, widget=forms.HiddenInput)
    sort = SortField(COLUMNS)


def listed(rf, address, rows=ROWS):
    request = rf.get(f"/list/?{address}")
    page = Paginator(rows, 50).page(1)
    return worklist(request, title="Students", columns=COLUMNS, form=Filters(request.GET), page=page, kept=("state",))


@pytest.mark.parametrize(
    ("sort", "fields"),
    [
        ("", ["-submitted_at", "-pk"]),
        ("received", ["submitted_at", "pk"]),
        ("-name", ["-full_name", "-pk"]),
        ("-college", ["-college__name", "joined_at", "-pk"]),
        ("note", ["-submitted_at", "-pk"]),
        ("shoe-size", ["-submitted_at", "-pk"]),
        ("--name", ["-submitted_at", "-pk"]),
    ],
)
def test_the_order_is_of_the_address_with_a_tie_break_and_never_one_that_it_made_up(sort, fields):
    assert COLUMNS.order(sort) == fields


@pytest.mark.both
@pytest.mark.django_db
def test_a_computed_order_has_rows_without_a_value_last_both_ways():
    columns = Columns(
        Column("when", "Last visit", ("seen",), computed={"seen": F("last_login")}), Column("name", "Name", ("email",))
    )
    never, old, new = (UserFactory(last_login=seen) for seen in (None, NOW - timedelta(days=2), NOW))
    rows = User.objects.filter(pk__in=[never.pk, old.pk, new.pk])
    assert list(columns.sorted(rows, "when")) == [old, new, never]
    assert list(columns.sorted(rows, "-when")) == [new, old, never]
    assert list(columns.sorted(rows.order_by("-pk"), "")) == [new, old, never]
    of_fields = Columns(Column("when", "Last visit", ("last_login",), computed={}))
    assert list(of_fields.sorted(rows, "when")) == [old, new, never]
    assert list(of_fields.sorted(rows, "-when")) == [new, old, never]
    assert columns.is_computed("-when") and not columns.is_computed("name") and not columns.is_computed("")


def test_a_head_sorts_by_its_column_and_then_the_other_way_round(rf):
    heads = listed(rf, "q=ana&page=3").heads
    assert QueryDict(heads["name"].href[1:]).dict() == {"q": "ana", "sort": "name"}
    assert heads["received"].direction == "descending"
    assert QueryDict(heads["received"].href[1:])["sort"] == "received"
    assert heads["note"].href == ""

    by_name = listed(rf, "sort=name").heads
    assert by_name["name"].direction == "ascending"
    assert by_name["name"].href == "?sort=-name"
    assert by_name["received"].href == "?sort=-received"


def test_each_filter_that_is_on_is_a_chip_that_takes_it_away(rf):
    chips = listed(rf, "q=ana&status=sent&sort=name&state=x&page=2").chips
    assert [(chip.label, chip.value) for chip in chips] == [("Search", "ana"), ("Status", "submitted")]
    assert QueryDict(chips[1].href[1:]).dict() == {"q": "ana", "sort": "name", "state": "x"}
    assert listed(rf, "status=hired&q=&sort=name").is_filtered is False


def test_the_address_for_other_pages_and_files_has_what_was_chosen_and_nothing_empty(rf):
    assert listed(rf, "q=&status=sent&page=4").query == "status=sent"


def test_a_table_says_by_what_it_is_sorted(rf):
    page = Template(
        '{% table row in list.page label="Students" worklist=True %}'
        "{% column list.heads.name heading %}{{ row.name }}{% endcolumn %}"
        "{% column list.heads.note %}-{% endcolumn %}{% endtable %}"
    ).render(Context({"list": listed(rf, "sort=-name")}))
    assert '<th scope="col" aria-sort="descending"><a class="ex-table__sort" href="?sort=name">Student</a></th>' in page
    assert '<th scope="col">Note</th>' in page
    assert '<td data-label="Note">' in page
    assert "data-list" in page


def test_a_file_has_the_columns_in_sight_and_no_formula():
    answer = COLUMNS.file(ROWS, "csv", name="people")
    text = answer.getvalue().decode("utf-8-sig")
    assert text.splitlines() == ["Student,Received,Note", "'=Ana,3,", "Bea,2,late"]
    assert 'attachment; filename="people-' in answer["Content-Disposition"]

    sheet = load_workbook(io.BytesIO(COLUMNS.file(ROWS, "xlsx", name="people").getvalue())).active
    assert [cell.value for cell in sheet[2]][:2] == ["=Ana", 3]
    assert sheet["A2"].data_type == "s"


def test_phones_choose_the_order_in_the_filters():
    assert COLUMNS.choices()[:2] == [("name", "Student ↑"), ("-name", "Student ↓")]
    assert ("-received", "Received ↓") in COLUMNS.choices()
    assert all(key.removeprefix("-") != "note" for key, _label in COLUMNS.choices())


LISTS = [
    "applications:application-list",
    "applications:endorsement-list",
    "applications:interest-list",
    "applications:review-list",
    "applications:selection-list",
    "applications:thread-list",
    "message-failed",
    "people",
    "texts-unknown",
    "travel:checklist-list",
    "travel:group-message-list",
    "travel:trip-list",
]


class Bar(HTMLParser):
    """What a browser sends of the search and the filters of a list, if nobody touched them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self.is_inside, self.select, self.is_chosen = False, "", False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        has = dict(attrs)
        if tag == "form":
            self.is_inside = has.get("role") == "search" and "ex-list-bar" in has.get("class", "")
        elif self.is_inside and tag == "select":
            self.select, self.is_chosen = has["name"], False
        elif self.is_inside and tag == "input" and has.get("name"):
            self.sent[has["name"]] = has.get("value", "")
        elif self.is_inside and tag == "option" and ("selected" in has or self.select not in self.sent):
            self.sent[self.select] = has["value"]  # the first one, unless one is selected


@pytest.mark.parametrize("address", [*LISTS, "people?state=invited", "people?state=ended", "people?sort=email"])
def test_a_search_keeps_the_order_of_the_list(client, db, address):
    application_facts()
    review_facts()
    travel_facts()
    CycleFactory()
    client.force_login(UserFactory(coordinator=True, is_staff=True, full_name="Ana"))
    name, _, query = address.partition("?")
    before = client.get(f"{reverse(name)}?{query}", follow=True)
    sent = Bar(before.content.decode()).sent
    assert "q" in sent
    after = client.get(reverse(name), {**sent, "q": "an"})
    order = [{key: head.direction for key, head in each.context["list"].heads.items()} for each in (before, after)]
    assert order[0] == order[1]
    if not any(order[0].values()):  # an order of the list's own
        assert not sent.get(SORT)


def test_every_form_with_an_order_shows_the_one_its_list_has():
    def all_of(kind):
        return {kind}.union(*(all_of(each) for each in kind.__subclasses__()))

    assert all(reverse(name) for name in LISTS if ":" not in name)  # the views, and so the forms, are imported
    sorts = [form.base_fields[SORT] for form in all_of(forms.Form) if SORT in getattr(form, "base_fields", {})]
    assert len(sorts) > 8
    assert all(isinstance(sort, SortField) for sort in sorts)


@pytest.mark.parametrize(
    ("sort", "shown"), [("", "-received"), ("name", "name"), ("note", "-received"), ("shoe-size", "-received")]
)
def test_the_choice_of_an_order_shows_what_the_list_has(sort, shown):
    assert Filters(QueryDict(f"sort={sort}"))["sort"].value() == shown
    own = SortField(Columns(Column("name", "Student", ("full_name",))), own="unfinished first")
    assert own.bound_data(sort, None) == (sort if sort == "name" else "")
    assert own.choices[0] == ("", "unfinished first")
