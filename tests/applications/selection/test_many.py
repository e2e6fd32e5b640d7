"""The ranked list's acts on many: one result saved and undone, a message, a task."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import bulk_act
from applications.models import Application, BulkAct, Cycle, Decision, StaffNote
from applications.selection.actions import selection, several
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts
from tests.factories_travel import travel_facts
from tests.releasing import words

pytestmark = pytest.mark.django_db
LIST, BEGIN = reverse("applications:selection-list"), reverse("applications:bulk-act-begin")


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True, full_name="Ana Ruiz")


@pytest.fixture
def ben():
    return UserFactory(coordinator=True, full_name="Ben Ito")


@pytest.fixture
def office(sign_in, coordinator):
    return sign_in(coordinator)


@pytest.fixture
def three():
    cycle = CycleFactory()
    return [ApplicationFactory(submitted=True, cycle=cycle, student__full_name=name) for name in ("Ada", "Bea", "Cai")]


def save(client, rows, *, result="not_selected", reason="Too many for the spots.", query="decided=no", replaces=""):
    address = reverse("applications:decision-bulk", args=[rows[0].cycle.code])
    given = {"applications": [row.code for row in rows], "result": result, "reason": reason, "replaces": replaces}
    return client.post(f"{address}?{query}", given, follow=True)


def undo(client):
    """Press Undo on the page to which the list leads, and let a worker do it."""
    bulk = BulkAct.objects.latest("pk")
    client.post(reverse("applications:bulk-act-undo", args=[bulk.code]))
    bulk_act.do_all()
    return words(client.get(bulk.get_absolute_url()))


def results(rows):
    found = dict(Decision.objects.unreleased().values_list("application", "result"))
    return [found.get(row.pk) for row in rows]


# --- One result for many, and its undo -----------------------------------------------------------------


def test_a_result_for_many_is_undone_from_the_line_at_the_foot_of_the_list(office, coordinator, three):
    page = save(office, three[:2], query="stage=submitted")

    bulk = BulkAct.objects.get()
    assert results(three) == ["not_selected", "not_selected", None]
    assert f'href="{bulk.get_absolute_url()}"' in page.text
    assert "See or undo: Save this result, 2 students" in words(page)
    assert "Undo it for 2 students" in words(office.get(bulk.get_absolute_url()))

    assert "Undone for 2 students." in undo(office)
    assert results(three) == [None] * 3
    undone = Event.objects.filter(action="selection.undo")
    assert {each.target_id for each in undone} == {row.pk for row in three[:2]}
    assert {each.by for each in undone} == {coordinator}
    assert "See or undo" not in office.get(LIST).text


def test_the_way_back_is_there_when_the_list_is_empty_afterward(office, three):
    page = save(office, three, query="decided=no")

    assert not page.context["rows"]
    assert "See or undo: Save this result, 3 students" in words(page)


def test_undo_leaves_what_a_colleague_decided_since_and_what_was_released_and_says_why(office, ben, three):
    save(office, three)
    selection.decide(three[0], result=Status.SELECTED, reason="Read it again.", by=ben)
    Decision.objects.filter(application=three[1]).update(released_at=timezone.now(), released_by=ben)

    page = undo(office)

    assert results(three) == ["selected", None, None]
    assert Decision.objects.filter(application=three[1], result="not_selected", released_at__isnull=False).exists()
    assert "Undone for 1 student." in page
    assert "2 students have moved ahead since, so it wasn’t undone for them." in page
    assert "Ben Ito has saved another result since: selected." in page
    assert "The result has been released." in page


def test_results_that_would_go_are_counted_before_they_are_replaced(office, ben, three):
    selection.decide(three[0], result=Status.WAITLISTED, reason="Close to the line.", by=ben)
    selection.decide(three[1], result=Status.NOT_SELECTED, reason="As before.", by=ben)

    page = save(office, three)
    assert "1 of the applications you checked already has a different result: 1 waitlisted." in words(page)
    assert 'name="replaces" value="1"' in page.text and "Too many for the spots." in page.text
    assert results(three) == ["waitlisted", "not_selected", None]

    selection.decide(three[2], result=Status.SELECTED, reason="Meanwhile.", by=ben)
    page = save(office, three, replaces="1")
    assert "2 of the applications you checked already have a different result: 1 selected, 1 waitlisted." in words(page)
    save(office, three, replaces="2")
    assert results(three) == ["not_selected"] * 3


def test_nothing_is_said_of_the_result_of_ones_own_application(office, coordinator, ben, three):
    selection.decide(three[0], result=Status.SELECTED, reason="Strong.", by=ben)
    type(three[0]).objects.filter(pk=three[0].pk).update(student=coordinator)

    page = save(office, three)
    assert "different result" not in words(page) and "This is your own application." in words(page)
    assert results(three) == ["selected", None, None]


def test_undo_gives_back_what_was_decided_before(office, ben, three):
    before = selection.decide(three[0], result=Status.WAITLISTED, reason="Close to the line.", by=ben)
    save(office, three[:2], replaces="1")

    undo(office)

    after = Decision.objects.get()
    assert (after.result, after.waitlist_position, after.reason) == ("waitlisted", 1, "Close to the line.")
    assert (after.decided_by, after.decided_at) == (ben, before.decided_at)


def test_a_place_on_the_waitlist_that_someone_has_by_now_stays_theirs(office, ben, three):
    selection.decide(three[0], result=Status.WAITLISTED, reason="Close to the line.", by=ben)
    save(office, three[:1], replaces="1")
    selection.decide(three[1], result=Status.WAITLISTED, reason="Close to the line.", by=ben)

    assert "Position 1 on the waitlist belongs to" in undo(office)
    assert results(three) == ["not_selected", "waitlisted", None]


def test_those_that_had_this_very_result_are_not_part_of_the_undo(office, coordinator, three):
    said = {"result": Status.NOT_SELECTED, "reason": "Too many for the spots.", "by": coordinator}
    selection.decide(three[0], **said)
    save(office, three[:2])
    assert [row.application for row in BulkAct.objects.get().rows.all()] == [three[1]]

    _decided, bulk = several.decide_checked(three[:2], **said)
    assert bulk is None
    undo(office)
    assert results(three) == ["not_selected", None, None]


def test_one_that_was_removed_stays_removed(office, coordinator, three):
    save(office, three[:1])
    kept = BulkAct.objects.get().rows.get().kept
    selection.undo(three[0], by=coordinator)
    with pytest.raises(RuleViolation) as stopped:
        several.take_back(three[0], kept, coordinator)
    assert stopped.value.code == "gone"


def test_a_result_is_never_saved_through_the_page_of_other_acts(office, three):
    given = {"place": "selection", "act": "decide", "row": [three[0].code]}
    assert "This can’t be done on this list." in words(office.post(BEGIN, given, follow=True))
    assert not BulkAct.objects.exists()


def test_without_a_reason_the_page_says_so_and_keeps_what_was_checked(office, three):
    shown = save(office, three[:2], reason="")

    assert shown.context["ticked"] == {row.code for row in three[:2]}
    assert "Enter the reason. It’s part of the record." in words(shown)
    assert results(three) == [None] * 3
    form = shown.text[shown.text.index('id="list-acts"') :]
    assert "novalidate" in form[: form.index(">")], "our sentence, not the browser's own"


# --- Write and assign ------------------------------------------------------------------------------------


def pressed(page, label):
    """The address of a button at the foot of the list."""
    before = page.text[: page.text.index(f"{label}\n", page.text.index('id="list-acts"'))]
    return before.rpartition('formaction="')[2].partition('"')[0].replace("&amp;", "&")


def test_those_who_are_checked_are_written_to_or_assigned(office, three):
    page = office.get(LIST, {"stage": "submitted", "q": "a"})
    given = {"applications": [row.code for row in three[:2]], "result": "selected", "reason": ""}

    written = office.post(pressed(page, "Write"), given)
    bulk = BulkAct.objects.latest("pk")
    assert written.url == f"{reverse('travel:group-message-new')}?chosen={bulk.code}"
    assert {row.application for row in bulk.rows.all()} == set(three[:2])
    named = f"stage=submitted&q=a&cycle={three[0].cycle.code}"
    assert (bulk.place, bulk.query) == ("selection", named)

    assigned = office.post(pressed(page, "Assign"), given, follow=True)
    assert "Who follows up" in words(assigned)
    assert f'href="{LIST}?{named.replace("&", "&amp;")}"' in assigned.text
    assert not Decision.objects.exists()

    assert "Check at least one student." in words(office.post(pressed(page, "Write"), {}, follow=True))


def test_all_whom_the_filters_find(office, coordinator, three):
    query = f"cycle={three[0].cycle.code}&q=bea"
    bulk = bulk_act.draft("assign", place="selection", query=query, codes=[], takes_all=True, by=coordinator)
    assert [row.application for row in bulk.rows.all()] == [three[1]]
    with pytest.raises(RuleViolation):
        bulk_act.draft("assign", place="selection", query="", codes=[], takes_all=True, by=coordinator)
    assert Application.objects.count() == 3


def test_who_does_not_decide_gets_nobody_from_the_ranked_list(three):
    advisor = UserFactory(advisor=three[0].college)
    query = f"cycle={three[0].cycle.code}"
    with pytest.raises(RuleViolation) as stopped:
        bulk_act.draft("message", place="selection", query=query, codes=[], takes_all=True, by=advisor)
    assert stopped.value.code == "nobody" and not BulkAct.objects.exists()


# --- The whole list ----------------------------------------------------------------------------------------


@pytest.fixture
def pages():
    """Two pages of one cycle: 52 who are called Zoe, and Ada."""
    cycle = CycleFactory()
    zoes = [ApplicationFactory(submitted=True, cycle=cycle, student__full_name=f"Zoe {at:02}") for at in range(52)]
    return [*zoes, ApplicationFactory(submitted=True, cycle=cycle, student__full_name="Ada")]


def whole(page, **more):
    """What is sent once the box of the whole list is checked, with the boxes of this page."""
    assert 'name="all" value="yes"' in page.text
    shown = [row.application.code for row in page.context["rows"]]
    return {"applications": shown, "all": "yes", "result": "not_selected", "reason": "", **more}


@pytest.mark.parametrize("label", ["Write", "Assign"])
def test_a_whole_filtered_list_is_chosen_and_shown_before_anything_is_done(office, pages, label):
    page = office.get(LIST, {"q": "zoe"})  # no cycle in the address: it's the one that is shown
    assert f'data-count="{len(pages) - 1}"' in page.text

    answer = office.post(pressed(page, label), whole(page))

    bulk = BulkAct.objects.get()
    assert {row.application for row in bulk.rows.all()} == set(pages[:-1])
    assert bulk.is_draft and not Event.objects.filter(action="bulk_act.confirm").exists()
    assert office.get(answer.url).status_code == 200
    if label == "Assign":
        assert "52 students" in words(office.get(answer.url))


@pytest.mark.both
def test_a_whole_list_that_changed_is_shown_again_and_one_undo_takes_it_back(office, coordinator, pages):
    page = office.get(LIST, {"q": "zoe"})
    office.post(pressed(page, "Assign"), whole(page))
    bulk = BulkAct.objects.get()
    given = {"body": "Call them.", "due_on": timezone.localdate().isoformat(), "owner": ""}
    Application.objects.filter(pk=pages[0].pk).update(student=coordinator)  # nobody may note their own

    shown = office.get(bulk.get_absolute_url())
    again = office.post(bulk.get_absolute_url(), {**given, "seen": shown.context["seen"]})
    assert "No longer possible for: Ana Ruiz." in words(again)
    bulk.refresh_from_db()
    assert bulk.is_draft

    office.post(bulk.get_absolute_url(), {**given, "seen": again.context["seen"]})
    bulk_act.do_all()
    assert StaffNote.objects.count() == 51
    undo(office)
    assert not StaffNote.objects.exists()


def test_a_result_is_saved_for_checked_rows_and_never_for_a_whole_list(office, pages):
    page = office.get(LIST)
    assert "A result is saved only for rows you check" in words(page)
    address = reverse("applications:decision-bulk", args=[pages[0].cycle.code])

    refused = office.post(address, whole(page, reason="Too many for the spots."))

    assert "Uncheck “All on this list”, then check the rows." in words(refused)
    assert not Decision.objects.exists() and not BulkAct.objects.exists()
    save(office, pages[:2])
    assert Decision.objects.count() == 2


def test_no_one_is_invited_to_an_interview_from_a_whole_list(office, pages):
    Cycle.objects.update(has_interviews=True)
    address = reverse("applications:selection-interviews-invite", args=[pages[0].cycle.code])

    refused = office.post(address, whole(office.get(LIST)), follow=True)

    assert refused.redirect_chain[0][0].startswith(LIST)
    assert "Only students you check can be invited." in words(refused)


@pytest.mark.parametrize("stage", ["selected", "not_selected", "confirmed", "declined"])
def test_after_the_release_people_are_written_to_and_no_result_is_offered(office, pages, stage):
    Application.objects.update(status=stage)
    page = office.get(LIST, {"stage": stage})
    assert page.context["bulk"] is None and "Save this result" not in page.text

    office.post(pressed(page, "Write"), whole(page))

    assert BulkAct.objects.get().rows.count() == len(pages)


def test_one_page_offers_no_box_for_more_and_a_whole_list_costs_what_a_few_do(
    office, pages, django_assert_max_num_queries
):
    assert 'name="all"' not in office.get(LIST, {"q": "ada"}).text
    page = office.get(LIST)
    with django_assert_max_num_queries(10):
        office.get(LIST)

    def begin(query):
        with CaptureQueriesContext(connection) as captured:
            office.post(pressed(page, "Assign").partition("&query=")[0] + f"&query={query}", {"all": "yes"})
        return len(captured)

    named = f"cycle%3D{pages[0].cycle.code}"
    assert begin(f"{named}%26q%3Dada") == begin(named)
    assert [bulk.rows.count() for bulk in BulkAct.objects.order_by("pk")] == [1, len(pages)]
