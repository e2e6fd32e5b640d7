import csv
import html
import io
import re

import pytest
from django.core.cache import cache
from django.db.models import Q
from django.urls import reverse

from applications.models import Application, Decision, Disclosure
from applications.selection.actions import selection
from applications.states import Status
from exchange.models import Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    EndorsementFactory,
    ReviewFactory,
    review_facts,
)

pytestmark = pytest.mark.django_db
LIST = "applications:selection-list"


@pytest.fixture(autouse=True)
def numbers(db):
    review_facts()


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True))


def text_of(response):
    content = response if isinstance(response, str) else response.content.decode()
    return html.unescape(re.sub(r"\s+", " ", content))


def shown(response):
    return [row.application for row in response.context["rows"]]


def scored(cycle, mean, **more):
    return ApplicationFactory(
        submitted=True, cycle=cycle, reads_locked=2, score_mean=mean, score_median=mean, score_spread=1, **more
    )


# --- Ties -------------------------------------------------------------------------------------------

TIED = "tied for the last spot"


def marked(response):
    return [row.application for row in response.context["rows"] if row.is_tied]


def test_who_is_tied_for_the_last_spot_is_marked(office):
    cycle = CycleFactory(seats=3)
    first = scored(cycle, 14)
    tied = [scored(cycle, 12) for _each in range(3)]
    last = scored(cycle, 9)

    page = office.get(reverse(LIST))

    assert "3 applications are tied for the last 2 spots: they have the same average and median." in text_of(page)
    assert set(marked(page)) == set(tied)
    assert page.text.count(f">{TIED}<") == 3

    Application.objects.filter(pk=tied[0].pk).update(status=Status.WITHDRAWN, withdrawn_at=tied[0].submitted_at)
    cache.clear()
    assert marked(office.get(reverse(LIST))) == []  # both of the others get one

    Application.objects.filter(pk=first.pk).update(status=Status.CONFIRMED)
    Application.objects.filter(pk=last.pk).update(score_mean=12, score_median=12)
    cache.clear()
    assert set(marked(office.get(reverse(LIST)))) == {*tied[1:], last}  # three for the two that are left


def test_a_result_that_is_saved_settles_a_tie(office):
    cycle = CycleFactory(seats=2)
    first, *tied = scored(cycle, 14), *(scored(cycle, 12) for _each in range(3))
    DecisionFactory(application=first, result="selected")

    assert set(marked(office.get(reverse(LIST)))) == set(tied)  # the other spot is still to be given
    DecisionFactory(application=tied[0], result="waitlisted")
    cache.clear()
    assert set(marked(office.get(reverse(LIST)))) == set(tied[1:])
    DecisionFactory(application=tied[1], result="selected")
    cache.clear()
    page = office.get(reverse(LIST))
    assert marked(page) == [] and TIED not in page.text


def test_without_a_tie_or_spots_nothing_is_marked(office):
    cycle = CycleFactory(seats=None)
    for mean in (12, 12, 9):
        scored(cycle, mean)
    for seats in (None, 2, 3, 9):
        cycle.seats = seats
        cycle.save()
        page = office.get(reverse(LIST))
        assert marked(page) == [] and TIED not in page.text, seats


def test_whoever_still_reads_sees_no_tie(office, sign_in):
    """The others' tie would tell the scores that are hidden."""
    cycle, person = CycleFactory(seats=1), UserFactory(coordinator=True)
    for _each in range(2):
        scored(cycle, 12)
    AssignmentFactory(application=scored(cycle, 10), reader=person)

    assert len(marked(office.get(reverse(LIST)))) == 2
    assert marked(sign_in(person).get(reverse(LIST))) == []


# --- The ranked list --------------------------------------------------------------------------------


def test_selection_list_ranks_with_unread_ones_last(office):
    cycle = CycleFactory()
    unread = ApplicationFactory(submitted=True, cycle=cycle)
    low, high = scored(cycle, 8), scored(cycle, 13)

    response = office.get(reverse(LIST))

    assert shown(response) == [high, low, unread]
    assert [row.rank for row in response.context["rows"]] == [1, 2, None]


def test_selection_list_shows_one_cycle(office):
    mine = scored(CycleFactory(), 8)
    other = scored(CycleFactory(closed=True), 8)

    response = office.get(reverse(LIST), {"cycle": other.cycle.code})

    assert shown(response) == [other]
    assert str(mine.student) not in text_of(response)


def test_selection_list_filters(office):
    cycle = CycleFactory()
    plain, endorsed, decided = (scored(cycle, mean) for mean in (10, 11, 12))
    EndorsementFactory(application=endorsed)
    DecisionFactory(application=decided, result=Status.WAITLISTED, waitlist_position=1)
    waiting = ApplicationFactory(waitlisted=True, cycle=cycle)

    def rows(**filters):
        return set(shown(office.get(reverse(LIST), filters)))

    assert rows(decided="no") == {plain, endorsed}
    assert rows(decided="yes") == {decided}
    assert rows(decided="waitlisted") == {decided}
    assert rows(decided="selected") == set()
    assert rows(endorsed="endorsed") == {endorsed}
    assert rows(endorsed="owed") == {plain, decided}
    assert rows(college=plain.college.code) == {plain}
    assert rows(stage="waitlisted") == {waiting}
    assert rows(stage="nonsense", college="nowhere") == {plain, endorsed, decided}


def test_a_filtered_list_keeps_the_rank_among_all(office):
    cycle = CycleFactory()
    scored(cycle, 14), scored(cycle, 13)
    third = scored(cycle, 12)

    response = office.get(reverse(LIST), {"college": third.college.code})

    assert [row.rank for row in response.context["rows"]] == [3]


@pytest.mark.both
def test_a_search_finds_by_name_and_code_and_keeps_the_rank(office):
    cycle = CycleFactory()
    scored(cycle, 14)
    wanted = scored(cycle, 12, student__full_name="Ximena Ordoñez")

    for typed in ("ordonez", wanted.code.lower(), wanted.student.email):
        rows = office.get(reverse(LIST), {"q": typed}).context["rows"]
        assert [(row.application, row.rank) for row in rows] == [(wanted, 2)]
    assert shown(office.get(reverse(LIST), {"q": "%"})) == []


def test_the_list_as_a_file_has_its_rows_in_order_and_goes_on_record(office):
    cycle = CycleFactory()
    low, high, other = scored(cycle, 8), scored(cycle, 13), scored(cycle, 9)
    DecisionFactory(application=high, result=Status.WAITLISTED, waitlist_position=4)
    address = reverse("applications:selection-file", args=[cycle.code])

    file = office.post(address, {"format": "csv", "query": f"q={low.code}"})
    whole = list(csv.reader(io.StringIO(b"".join(office.post(address, {"format": "csv"})).decode("utf-8-sig"))))

    assert [row[1] for row in whole[1:]] == [str(each.student) for each in (high, other, low)]
    assert [row[0] for row in whole[1:]] == ["1", "2", "3"]
    assert whole[1][-2:] == ["waitlisted", "4"]
    assert [row[1] for row in csv.reader(io.StringIO(b"".join(file).decode("utf-8-sig")))][1:] == [str(low.student)]
    disclosed = Disclosure.objects.filter(kind=Disclosure.Kind.LIST)
    assert {each.application for each in disclosed} == {low, high, other}
    assert office.post(address, {"format": "exe"}).status_code == 302


def test_the_file_hides_the_scores_that_its_reader_may_not_see(sign_in):
    reader = UserFactory(coordinator=True)
    hidden = scored(CycleFactory(), 11)
    AssignmentFactory(application=hidden, reader=reader)
    address = reverse("applications:selection-file", args=[hidden.cycle.code])

    rows = list(csv.reader(io.StringIO(b"".join(sign_in(reader).post(address, {"format": "csv"})).decode("utf-8-sig"))))

    assert rows[1][1] == str(hidden.student)
    assert {rows[1][0], *rows[1][4:9]} == {""}


def test_selection_list_flags_readers_who_disagree(office):
    cycle = CycleFactory()
    flagged = scored(cycle, 12)
    Application.objects.filter(pk=flagged.pk).update(score_spread=4)
    scored(cycle, 10)

    response = office.get(reverse(LIST))

    assert [row.is_flagged for row in response.context["rows"]] == [True, False]
    assert text_of(response).count("check again") == 1


def test_selection_list_counts_seats_and_results(office):
    cycle = CycleFactory(seats=24)
    DecisionFactory(application__cycle=cycle)
    ApplicationFactory(confirmed=True, cycle=cycle)
    ApplicationFactory(submitted=True, cycle=cycle)

    context = office.get(reverse(LIST)).context
    cards = {card["label"]: card["count"] for card in [*context["progress"], *context["results"]]}

    assert cards["spots taken"] == "2/24"
    assert cards["to decide"] == 1
    assert cards["selected"] == 1


def test_selection_list_pages_by_fifty(office):
    cycle = CycleFactory()
    form = ApplicationFactory(cycle=cycle).form
    for place in range(52):
        ApplicationFactory(
            submitted=True, cycle=cycle, form=form, reads_locked=1, score_mean=place % 15, score_median=1,
            score_spread=0,
        )  # fmt: skip
    unread = ApplicationFactory(submitted=True, cycle=cycle, form=form)

    first, second = (shown(office.get(reverse(LIST), {"page": page})) for page in (1, 2))

    assert (len(first), len(second)) == (50, 3)
    assert len({*first, *second}) == 53
    assert second[-1] == unread


def test_a_coordinator_who_reads_sees_no_score_before_locking_their_own(sign_in):
    reader = UserFactory(coordinator=True)
    application = ApplicationFactory(submitted=True, answered=True, cycle__ready=True)
    ReviewFactory(locked=True, assignment__application=application, comment="Wonderful.")
    AssignmentFactory(application=application, reader=reader)
    client = sign_in(reader)

    pages = [
        client.get(reverse(LIST)),
        client.get(reverse("applications:decision-record", args=[application.code])),
    ]

    assert "12.0" not in text_of(pages[0])
    assert "Wonderful." not in text_of(pages[1])
    assert "You’ll see the scores after you lock your own." in text_of(pages[1])


@pytest.mark.parametrize("narrowed", [{}, {"decided": "no"}], ids=["whole", "filtered"])
def test_no_place_in_the_list_tells_a_score_before_the_own_lock(sign_in, narrowed):
    reader, cycle = UserFactory(coordinator=True), CycleFactory(ready=True, reads_each=2)
    best, open_one, third, own = (scored(cycle, mean) for mean in (14, 12, 10, 8))
    assignment = AssignmentFactory(application=open_one, reader=reader)
    Application.objects.filter(pk=own.pk).update(student=reader)
    unread = ApplicationFactory(submitted=True, cycle=cycle)
    client = sign_in(reader)

    response = client.get(reverse(LIST), narrowed)

    ranks = {row.application.code: row.rank for row in response.context["rows"]}
    # with a filter by result, their own application is not in the list at all
    last = sorted([open_one, unread, *([] if narrowed else [own])], key=lambda row: row.code)
    assert shown(response) == [best, third, *last]
    assert ranks == {best.code: 1, third.code: 2} | dict.fromkeys((row.code for row in last), None)
    assert text_of(response).count("2 of 2") == 2
    ReviewFactory(assignment=assignment, points=4, locked=True)
    cache.clear()  # factories record no event, so the cached figures need clearing
    ranks = {row.application.code: row.rank for row in client.get(reverse(LIST), narrowed).context["rows"]}
    assert ranks[third.code] == (2 if ranks[open_one.code] == 3 else 3)


@pytest.mark.both
def test_the_heads_sort_and_ranks_stay(office):
    cycle, (north, south) = CycleFactory(), (CollegeFactory(name=f"{name} College") for name in ("North", "South"))
    ana = scored(cycle, 8, college=south, student__full_name="Ana Lopez")
    bea = scored(cycle, 13, college=north, student__full_name="Bea Ruiz")
    cai = scored(cycle, 10, college=south, student__full_name="Cai Wu")
    dan = ApplicationFactory(submitted=True, cycle=cycle, college=north, student__full_name="Dan Kim")
    Application.objects.filter(pk=cai.pk).update(score_spread=6, reads_locked=1)
    (
        EndorsementFactory(application=ana, result="endorsed"),
        EndorsementFactory(application=dan, result="not_endorsed", note="Not enrolled."),
    )
    DecisionFactory(application=cai, result="waitlisted", waitlist_position=2)
    DecisionFactory(application=ana, result="waitlisted", waitlist_position=1)
    DecisionFactory(application=dan, result="selected")

    def rows(sort):
        response = office.get(reverse(LIST), {"sort": sort})
        assert {row.application: row.rank for row in response.context["rows"]} == {bea: 1, cai: 2, ana: 3, dan: None}
        return shown(response)

    assert rows("student") == [ana, bea, cai, dan]
    assert rows("-student") == [dan, cai, bea, ana]
    assert rows("college") == [bea, cai, ana, dan]
    assert rows("mean") == [ana, cai, bea, dan]
    assert rows("-spread") == [cai, bea, ana, dan]
    assert rows("") == rows("nonsense") == rows("-mean") == rows("rank") == rows("-median") == [bea, cai, ana, dan]
    assert rows("median") == [ana, cai, bea, dan]
    assert rows("read") == [dan, cai, bea, ana] and rows("-read")[-1] == dan
    assert rows("word") == [ana, dan, bea, cai] and rows("-word")[:2] == [dan, ana]
    assert rows("result") == [dan, ana, cai, bea] and rows("-result") == [cai, ana, dan, bea]
    # nothing is adjusted here, so there is no such head
    assert rows("adjusted") == rows("")
    page = text_of(office.get(reverse(LIST), {"sort": "student"}))
    assert '<th scope="col" aria-sort="ascending"><a class="ex-table__sort" href="?sort=-student">Student</a>' in page


@pytest.mark.parametrize("sort", ["word", "-word", "result", "-result"])
@pytest.mark.both
def test_unread_ones_are_the_last_of_their_group_in_every_order(office, sort):
    cycle = CycleFactory()
    unread, low, high = ApplicationFactory(submitted=True, cycle=cycle), scored(cycle, 8), scored(cycle, 13)
    for each in (unread, low, high):
        EndorsementFactory(application=each, result="endorsed")

    seen = shown(office.get(reverse(LIST), {"sort": sort}))

    assert seen == ([low, high, unread] if sort.startswith("-") else [high, low, unread])


def test_the_file_has_the_order_of_the_list(office):
    cycle = CycleFactory()
    scored(cycle, 8, student__full_name="Ana Lopez"), scored(cycle, 13, student__full_name="Bea Ruiz")
    address = reverse("applications:selection-file", args=[cycle.code])

    file = office.post(address, {"format": "csv", "query": "sort=student"})

    rows = list(csv.reader(io.StringIO(b"".join(file).decode("utf-8-sig"))))[1:]
    assert [row[:2] for row in rows] == [["2", "Ana Lopez"], ["1", "Bea Ruiz"]]


@pytest.mark.parametrize(
    "sort", ["mean", "-mean", "spread", "-spread", "college", "-median", "read", "word", "-result", "rank"]
)
def test_no_order_by_a_score_tells_what_is_hidden(sign_in, sort):
    reader, cycle = UserFactory(coordinator=True), CycleFactory(ready=True, reads_each=2)
    hidden, *others = (scored(cycle, mean) for mean in (12, 14, 10))
    Application.objects.filter(pk=hidden.pk).update(score_spread=3, college=others[0].college)
    AssignmentFactory(application=hidden, reader=reader)

    seen = shown(sign_in(reader).get(reverse(LIST), {"sort": sort}))

    assert seen[-1] == hidden
    assert set(seen) == {hidden, *others}


@pytest.mark.parametrize("role", ["student", "advisor", "director"])
@pytest.mark.parametrize(
    "name", ["selection-list", "decision-record", "selection-preview", "selection-release", "decision-bulk"]
)
def test_the_committee_s_pages_are_the_office_s(sign_in, role, name):
    application = ApplicationFactory(submitted=True)
    args = {"selection-list": [], "decision-record": [application.code]}.get(name, [application.cycle.code])
    client = sign_in(UserFactory(**({} if role == "student" else {role: True})))

    assert client.get(reverse(f"applications:{name}", args=args)).status_code in (403, 405)
    assert client.post(reverse(f"applications:{name}", args=args)).status_code == 403


# --- Deciding ---------------------------------------------------------------------------------------


def test_decision_record_keeps_and_changes_a_result(office):
    application = ApplicationFactory(submitted=True)
    address = reverse("applications:decision-record", args=[application.code])

    office.post(address, {"result": "selected", "reason": "Clear purpose."})
    response = office.post(address, {"result": "waitlisted", "waitlist_position": "2", "reason": "Close."})

    assert response.status_code == 302
    decision = Decision.objects.get()
    assert (decision.result, decision.waitlist_position, decision.reason) == ("waitlisted", 2, "Close.")


@pytest.mark.parametrize(
    ("typed", "field", "code"),
    [
        ({"result": "selected", "reason": " "}, "reason", "required"),
        ({"result": "", "reason": "Close."}, "result", "required"),
        ({"result": "confirmed", "reason": "Close."}, "result", "invalid_choice"),
        ({"result": "selected", "waitlist_position": "2", "reason": "Close."}, "waitlist_position", "not_waitlisted"),
    ],
)
def test_decision_record_needs_a_result_and_a_reason(office, typed, field, code):
    application = ApplicationFactory(submitted=True)

    response = office.post(reverse("applications:decision-record", args=[application.code]), typed)

    assert response.context["form"].has_error(field, code)
    assert not Decision.objects.exists()


def test_decision_record_shows_each_locked_reading(office):
    application = ApplicationFactory(submitted=True, answered=True, cycle__ready=True)
    locked = ReviewFactory(locked=True, assignment__application=application, points=3, comment="Locked words.")
    ReviewFactory(assignment__application=application, comment="Draft words.")

    page = text_of(office.get(reverse("applications:decision-record", args=[application.code])))

    assert f"{locked.assignment.reader}: 9 of 15" in page
    assert "Locked words." in page
    assert "Draft words." not in page


def test_decision_record_takes_a_result_back(office):
    decision = DecisionFactory()

    office.post(reverse("applications:decision-record", args=[decision.application.code]), {"act": "undo"})

    assert not Decision.objects.exists()


def test_decision_record_of_what_was_told_has_no_form(office):
    decision = DecisionFactory(released=True, result=Status.NOT_SELECTED)

    response = office.get(reverse("applications:decision-record", args=[decision.application.code]))

    assert response.context["form"] is None
    assert decision.reason in text_of(response)


def test_decision_bulk_decides_for_the_ticked_rows_and_keeps_the_filters(office):
    cycle = CycleFactory()
    ticked = [scored(cycle, 9), scored(cycle, 8)]
    scored(cycle, 7)
    address = reverse("applications:decision-bulk", args=[cycle.code]) + "?decided=no"

    response = office.post(
        address, {"applications": [each.code for each in ticked], "result": "not_selected", "reason": "Below."}
    )

    assert response.url == reverse(LIST) + "?decided=no"
    assert {each.application for each in Decision.objects.all()} == set(ticked)


def test_decision_bulk_with_an_error_keeps_ticks_and_words(office):
    cycle = CycleFactory()
    application = scored(cycle, 9)
    address = reverse("applications:decision-bulk", args=[cycle.code])

    response = office.post(address, {"applications": [application.code], "result": "not_selected", "reason": ""})

    page = text_of(response)
    assert "Enter the reason. It’s part of the record." in page
    assert f'value="{application.code}" aria-label="{application.student}" checked' in page
    assert not Decision.objects.exists()


def test_decision_bulk_refuses_rows_of_another_cycle(office):
    mine, other = CycleFactory(), scored(CycleFactory(), 9)
    address = reverse("applications:decision-bulk", args=[mine.code])

    response = office.post(address, {"applications": [other.code], "result": "selected", "reason": "Good."})

    assert response.context["bulk"].has_error("applications")
    assert not Decision.objects.exists()


# --- Releasing --------------------------------------------------------------------------------------


def preview_of(cycle):
    return reverse("applications:selection-preview", args=[cycle.code])


def test_selection_preview_shows_each_person_with_the_message(office):
    cycle = CycleFactory(seats=1)
    DecisionFactory(application__cycle=cycle)
    spanish = DecisionFactory(application__cycle=cycle, application__student__language="es")
    gone = DecisionFactory(application=ApplicationFactory(withdrawn=True, cycle=cycle))

    response = office.get(preview_of(cycle))

    page = text_of(response)
    assert [row["decision"] for row in response.context["rows"]] == sorted(
        Decision.objects.exclude(pk=gone.pk), key=lambda each: each.application.code
    )
    assert "You’re selected" in page
    assert "Save this preview" in page
    assert "results now" not in page  # the release is the next step
    assert "You’ve selected 1 more student than there are spots (1)." in page
    assert 'lang="es"' in page
    assert spanish.application.student.email in page
    assert "not in this release" in page
    assert not Message.objects.exists()


# --- Queries ----------------------------------------------------------------------------------------


def test_selection_list_asks_at_most_ten_queries_for_5_rows_and_for_60(sign_in, django_assert_max_num_queries):
    """Of both pages, also right after one's own decision. Without cached figures, counting takes eight more, and
    ordering new ones from a worker another fifteen, once.
    """
    office = sign_in(coordinator := UserFactory(coordinator=True))
    cycle, counts = CycleFactory(seats=24), []
    for rows in (5, 55):
        for place in range(rows):
            application = scored(cycle, place % 15, endorsed=True)
            if place % 3 == 1:
                DecisionFactory(application=application)
        undecided = scored(cycle, 1)
        cache.clear()
        with django_assert_max_num_queries(34):
            office.get(reverse(LIST))
        with django_assert_max_num_queries(10) as captured:
            office.get(reverse(LIST))
        counts.append(len(captured))
        before = office.get(reverse(LIST)).context["counts"].undecided
        selection.decide(undecided, result="not_selected", reason="Fewer points.", by=coordinator)
        with django_assert_max_num_queries(10):
            assert office.get(reverse(LIST)).context["counts"].undecided == before - 1
    with django_assert_max_num_queries(10):
        second = office.get(reverse(LIST), {"page": 2})
    some = {"q": str(undecided.student)}, {"college": undecided.college.code}, {"decided": "no", "page": 2}
    for query in ({"sort": "student"}, {"sort": "college"}, {"sort": "-spread"}, *some):
        with django_assert_max_num_queries(10):
            assert office.get(reverse(LIST), query).context["rows"]

    assert Application.objects.filter(Q(score_mean__isnull=False)).count() == 62
    assert len(second.context["rows"]) == 12
    assert counts[0] == counts[1]


def test_selection_preview_asks_the_same_number_of_queries_for_3_and_30_rows(office, django_assert_max_num_queries):
    cycle, counts = CycleFactory(), []
    for rows in (3, 27):
        for _ in range(rows):
            DecisionFactory(application__cycle=cycle)
        with django_assert_max_num_queries(20) as captured:
            office.get(preview_of(cycle))
        counts.append(len(captured))

    assert counts[0] == counts[1]
