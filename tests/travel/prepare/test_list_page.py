"""The student's checklist: what is late is next and shown as today, groups by date, whose it is; the same on paper."""

import datetime as dt

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import UserFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    ChecklistStepFactory,
    FormTextFactory,
    PassportCaseFactory,
    PlacementFactory,
    in_days,
    travel_facts,
)
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist import evidence
from travel.prepare.checklist.list_page import group_of, list_page

TODAY = dt.date(2027, 5, 19)
LEAVES = dt.date(2027, 6, 12)


@pytest.fixture
def placement(db):
    travel_facts()
    placement = PlacementFactory()
    checked = {"checked_at": timezone.now(), "checked_by": UserFactory()}
    PassportCaseFactory(placement=placement, stage="checked", **checked)
    return placement


@pytest.fixture
def student(placement):
    return placement.application.student


def add(placement, title, days, *, last=None, done=False, **step):
    row = ChecklistStepFactory(cycle=placement.trip.cycle, title_en=title, title_es=f"{title} (es)", **step)
    last = days + 7 if last is None else last
    dates = {"do_by": in_days(days), "last_safe_on": in_days(last)}
    return ChecklistItemFactory(placement=placement, step=row, done=done, **dates)


def page_of(placement, who=""):
    return list_page(placement, placement.checklist_items.select_related("step"), timezone.localdate(), who)


def get(client, placement, name="checklist-detail", query=""):
    response = client.get(reverse(f"travel:{name}", kwargs={"code": placement.code}) + query)
    return " ".join(response.content.decode().split())


# --- groups -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "title"),
    [
        (dt.date(2027, 5, 19), "This week"),
        (dt.date(2027, 5, 25), "This week"),
        (dt.date(2027, 5, 26), "By the end of May"),
        (dt.date(2027, 6, 5), "By the end of June"),
        (dt.date(2027, 6, 6), "The last week"),
        (dt.date(2027, 6, 12), "The last week"),
    ],
)
def test_groups(day, title):
    order, said = group_of(day, TODAY, LEAVES)

    assert said == title
    assert order == {"This week": 0, "The last week": 10**6}.get(title, day.year * 12 + day.month)


def test_a_month_of_another_year_says_so():
    assert group_of(dt.date(2028, 1, 3), TODAY, dt.date(2028, 3, 1))[1] == "By the end of January 2028"


def test_in_spanish():
    with translation.override("es"):
        titles = [group_of(day, TODAY, LEAVES)[1] for day in (TODAY, dt.date(2027, 5, 30), LEAVES)]
    assert titles == ["Esta semana", "Antes de que termine mayo", "La última semana"]


@given(
    st.lists(st.dates(dt.date(2027, 5, 19), dt.date(2027, 12, 31)), min_size=1),
    st.dates(dt.date(2027, 5, 20), dt.date(2027, 12, 31)),
)
def test_groups_keep_the_order_of_days(days, leaves_on):
    days = sorted(min(day, leaves_on) for day in days)
    orders = [group_of(day, TODAY, leaves_on)[0] for day in days]
    assert orders == sorted(orders)


# --- the page ---------------------------------------------------------------------------------------


def test_a_late_step_is_the_next_one_with_today_and_its_last_safe_day(placement, student, sign_in):
    add(placement, "Sign the agreement", -3, last=2)
    add(placement, "Pack", 1)
    page = get(sign_in(student), placement)
    next_step = page[page.index("ex-next-step") : page.index("</section>", page.index("ex-next-step"))]
    assert "Sign the agreement" in next_step
    assert "Late" in next_step
    assert "Today" in next_step
    with translation.override("en"):
        missed, safe = (f"{day:%b} {day.day}" for day in (in_days(-3), in_days(2)))
    assert safe in next_step
    assert missed not in page
    assert "1 late" in page


def test_a_step_past_its_last_safe_day_shows_neither_day(placement, student, sign_in):
    item = add(placement, "Sign the agreement", -9, last=-2)
    client = sign_in(student)
    page = get(client, placement)
    assert "It’s past the last safe day." in page
    own = client.get(item.get_absolute_url()).content.decode()
    for day in (in_days(-9), in_days(-2)):
        assert f"{day:%b} {day.day}" not in page
        assert f"{day:%B} {day.day}" not in own


def test_marks_owners_and_counts(placement):
    visa = add(placement, "Get your visa", 20, owner="office")
    add(placement, "Check in", 30, waits_for=[visa.step.key])
    add(placement, "Confirm the phone", 10, owner="family")
    add(placement, "Talk with you", 12, owner="advisor")
    add(placement, "Pack", 40)
    add(placement, "Sign", 1, done=True)
    found = page_of(placement)
    rows = {row.item.step.title: row for group in found.groups for row in group.rows}
    assert {title: row.mark for title, row in rows.items()} == {
        "Get your visa": "hourglass",
        "Check in": "lock",
        "Confirm the phone": "phone",
        "Talk with you": "hourglass",
        "Pack": "circle",
    }
    assert rows["Check in"].hint == "Waits for: Get your visa"
    assert (found.done, found.total, found.punches) == (1, 6, ["done", *["open"] * 5])
    assert [each.label for each in found.filters] == ["All 5", "You 2", "Family 1", "Office 2"]
    shown = [row.item.step.title for group in page_of(placement, "office").groups for row in group.rows]
    assert shown == ["Talk with you", "Get your visa"]


def test_what_waits_or_is_the_offices_is_never_late(placement):
    visa = add(placement, "Get your visa", -3, owner="office")
    add(placement, "Check in", -1, waits_for=[visa.step.key])
    assert page_of(placement).late == 0


def test_the_filter_is_in_the_address_and_an_unknown_one_shows_all(placement, student, sign_in):
    add(placement, "Get your visa", 20, owner="office")
    add(placement, "Pack", 40)
    client = sign_in(student)
    lists = {who: get(client, placement, query=f"?who={who}") for who in ("office", "nobody")}
    assert lists["office"].count("ex-duties__row") == 1
    assert lists["nobody"].count("ex-duties__row") == 2


def test_a_step_that_somebody_else_did_says_whose_it_was(placement, student, sign_in):
    """The title is an order ("Book your plane ticket"), and no order to the student."""
    add(placement, "Book your plane ticket", -9, owner="office", done=True)
    add(placement, "Pack", -2, done=True)
    page = get(sign_in(student), placement)
    facts = [part.partition("</span> </div>")[0] for part in page.split("ex-duties__facts")[1:]]
    assert ["Office" in part for part in facts if "PDF" not in part] in ([True, False], [False, True])


def test_the_spanish_list_calls_the_student_tu(placement, student, sign_in):
    student.language = "es"
    student.save()
    add(placement, "Pack", 40)
    client = sign_in(student)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    for name in ("checklist-detail", "checklist-print"):
        page = get(client, placement, name)
        assert ("Tú" in page, "Usted" in page) == (True, False), name


def test_the_next_step_leads_straight_to_its_page(placement, student, sign_in, monkeypatch):
    monkeypatch.setattr(evidence, "_places", {})
    evidence.register("agreement", "travel:placement-needs", evidence="signature")
    FormTextFactory(cycle=placement.trip.cycle, key="agreement")
    add(placement, "Sign the agreement", 2, evidence="signature", evidence_key="agreement")
    page = get(sign_in(student), placement)
    assert f'href="{reverse("travel:placement-needs", kwargs={"code": placement.code})}"' in page
    assert "Read and sign" in page


def test_the_page_takes_the_same_queries_for_five_steps_and_for_forty(
    placement, student, sign_in, django_assert_max_num_queries
):
    client = sign_in(student)
    for number in range(5):
        add(placement, f"Step {number}", number)
    get(client, placement)
    for number in range(35):
        add(placement, f"More {number}", number, done=number % 2 == 0, waits_for=["step-1"])
    with django_assert_max_num_queries(10):
        get(client, placement)


# --- on paper ---------------------------------------------------------------------------------------


def test_the_paper_has_every_open_step_a_code_and_the_students_language(placement, student, sign_in):
    student.language = "es"
    student.save()
    add(placement, "Pack", 40)
    add(placement, "Sign", 1, done=True)
    office = sign_in(UserFactory(coordinator=True))
    page = get(office, placement, "checklist-print")
    assert "Pack (es)" in page
    assert "Sign (es)" not in page
    assert "<svg" in page
    assert reverse("travel:checklist-detail", kwargs={"code": placement.code}) in page
    assert "1 de 2" in page
    other = PlacementFactory(trip=placement.trip).application.student
    assert sign_in(other).get(reverse("travel:checklist-print", kwargs={"code": placement.code})).status_code == 404


# --- a text as evidence -----------------------------------------------------------------------------


@pytest.mark.parametrize("advisor_sees", [True, False])
def test_a_text_is_kept_with_the_step_and_read_only_by_those_named(placement, student, sign_in, advisor_sees):
    item = add(placement, "Tell us your shoe size", 5, evidence="text", advisor_sees=advisor_sees)
    done = reverse("travel:checklist-item-done", kwargs={"code": placement.code, "key": item.step.key})
    client = sign_in(student)
    client.post(done, {"text": "  "})
    item.refresh_from_db()
    assert item.done_at is None
    client.post(done, {"text": " 42, wide "})
    item.refresh_from_db()
    assert (item.text, item.done_by) == ("42, wide", student)
    readers = {
        "student": (client, True),
        "office": (sign_in(UserFactory(coordinator=True)), True),
        "advisor": (sign_in(UserFactory(advisor=placement.application.college)), advisor_sees),
    }
    for reader, sees in readers.values():
        assert ("42, wide" in reader.get(item.get_absolute_url()).content.decode()) == sees


def test_a_text_that_is_too_long_is_refused_and_nothing_is_lost(placement, student):
    item = add(placement, "Tell us", 5, evidence="text")
    with pytest.raises(checklist.RuleViolation) as caught:
        checklist.mark_done(item, by=student, text="x" * 1001)
    assert caught.value.code == "too_long"
