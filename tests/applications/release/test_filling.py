"""Every open spot is offered in one act: previewed, confirmed, undone, and not sent where something has changed."""

import datetime as dt

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import application as application_actions
from applications.base import waitlist
from applications.models import Decision, Offer, Reserve, ScheduledRelease
from applications.release import promotions
from applications.release.actions import correcting, filling, scheduling
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message, OfficeTask, Role
from tests.constraints import refused
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import CycleFactory, DecisionFactory, application_facts, review_facts
from tests.factories_travel import travel_facts
from tests.releasing import message_templates, release_now, waiting, words
from travel.office.home import duties, office_work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


def page_of(cycle):
    return reverse("applications:selection-fill", args=[cycle.code])


def confirmed(cycle, by):
    return filling.confirm(cycle, seen=filling.plan(cycle).fingerprint, by=by)


def its_time_has_come(scheduled):
    ScheduledRelease.objects.filter(pk=scheduled.pk).update(due_at=timezone.now())
    return scheduling.carry_out_due()


def refusal_of(act):
    with pytest.raises(RuleViolation) as caught:
        act()
    return caught.value.code


def seen_in(page):
    return page.text.split('name="seen" value="')[1].split('"')[0]


def eleven_open(**fields):
    cycle = CycleFactory(seats=11)
    return cycle, [waiting(cycle, place, **fields) for place in range(1, 13)]


# --- Four clicks -----------------------------------------------------------------------------------


def test_eleven_spots_are_offered_with_four_clicks(office, sign_in):
    travel_facts()
    cycle, students = eleven_open()
    client = sign_in(office)
    home = client.get("/", follow=True)  # 1: Home
    assert "11 open spots, and students on the waitlist" in home.text
    offers_page = client.get(reverse("applications:selection-offers", args=[cycle.code]))  # 2: the open spots
    assert "Offer 11 open spots" in offers_page.text and page_of(cycle) in offers_page.text

    preview = client.get(page_of(cycle))  # 3: Offer 11 open spots
    for student in students[:11]:
        assert str(student.student) in preview.text
    assert str(students[11].student) not in preview.text

    confirmation = client.post(page_of(cycle), {"seen": seen_in(preview)}, follow=True)  # 4: Offer 11 spots

    assert "The messages go out on" in words(confirmation) and "Undo" in confirmation.text
    assert not Message.objects.exists() and not Offer.objects.exists()
    assert "11 offers go out on" in words(client.get(reverse("applications:selection-offers", args=[cycle.code])))
    assert "open spots, and students on the waitlist" not in client.get("/", follow=True).text
    offers_page = client.get(reverse("applications:selection-offers", args=[cycle.code]))
    assert f'data-figure="open spots {cycle.code}" data-from="0"' in offers_page.text  # as Home says
    assert its_time_has_come(ScheduledRelease.objects.get()) == {"started": 1, "refused": 0}
    assert scheduling.carry_out_due() == {"started": 0, "refused": 0}

    assert [message_templates(each) for each in students] == [["offer_from_waitlist"]] * 11 + [[]]
    assert waitlist.free_seats(cycle) == 0
    assert Event.objects.filter(action="selection.promote", by=office).count() == 11
    done = client.get(reverse("applications:selection-filled", args=[ScheduledRelease.objects.get().code]))
    assert "The offers went out." in done.text and "Undo" not in done.text
    assert "11 messages aren’t sent yet." in words(done)


def test_the_preview_says_rank_college_language_deadline_and_exactly_the_message(office, sign_in):
    cycle = CycleFactory(seats=1)
    student = UserFactory(language="es")
    first = waiting(cycle, 4, application__student=student)
    waiting(cycle, 9)
    page = sign_in(office).get(page_of(cycle))
    shown, plan = words(page), filling.plan(cycle)

    assert "1. <a" in shown and first.college.short_name in shown and "1 offer: 1 in Spanish." in shown
    [[draft]] = filling.drafts(plan)
    assert draft.subject in shown and f'lang="{draft.language}"' in shown and draft.language == "es"
    its_time_has_come(confirmed(cycle, office))
    sent = Message.objects.get()
    assert (sent.subject, sent.body) == (draft.subject, draft.body)
    assert Offer.objects.get().answer_by == plan.answer_by


def test_whoever_cannot_be_reached_keeps_their_turn_and_is_named(office, sign_in):
    cycle = CycleFactory(seats=2)
    silent = UserFactory(email=None, phone="+12135550147")
    first = waiting(cycle, 1, application__student=silent)
    waiting(cycle, 2)

    page = words(sign_in(office).get(page_of(cycle)))
    assert "We can’t message 1 student." in page and "no confirmed address" in page
    scheduled = confirmed(cycle, office)
    its_time_has_come(scheduled)

    first.refresh_from_db()
    assert first.status == Status.SELECTED
    after = sign_in(office).get(reverse("applications:selection-filled", args=[scheduled.code]))
    assert "No address on file: call them" in after.text


def test_reserved_spots_pass_others_over_who_are_named(office, sign_in):
    cycle, college = CycleFactory(seats=2), CollegeFactory(short_name="Mission")
    first, second = waiting(cycle, 1), waiting(cycle, 2)
    kept = waiting(cycle, 3, application__college=college)
    Reserve.objects.create(cycle=cycle, college=college, seats=1, reason="A new college.", set_by=office)

    plan = filling.plan(cycle)
    assert plan.people == [first, kept]
    page = words(sign_in(office).get(page_of(cycle)))
    assert "1 student higher on the waitlist doesn’t get an offer" in page and str(second.student) in page
    its_time_has_come(confirmed(cycle, office))

    reasons = dict(Decision.objects.filter(result="selected").values_list("application", "reason"))
    assert "reserved spots" in reasons[kept.pk] and set(reasons) == {first.pk, kept.pk}


def test_all_at_once_is_the_same_as_one_after_the_other(office):
    cycle, college = CycleFactory(seats=4), CollegeFactory()
    for place in range(1, 5):
        waiting(cycle, place)
    for place in range(5, 8):
        waiting(cycle, place, application__college=college)
    Reserve.objects.create(cycle=cycle, college=college, seats=2, reason="A new college.", set_by=office)

    at_once = [each.code for each in filling.plan(cycle).people]
    one_by_one = []
    while waitlist.free_seats(cycle) and (proposal := promotions.next_in_line(cycle)):
        correcting.promote(proposal.application, by=office)
        one_by_one.append(proposal.application.code)

    assert at_once == one_by_one and len(at_once) == 4


def test_spots_that_nobody_waits_for_stay_open(office, sign_in):
    cycle = CycleFactory(seats=5)
    waiting(cycle, 1), waiting(cycle, 2)
    client = sign_in(office)
    assert "3 of 5 open spots stay open, because no one else is on the waitlist." in words(client.get(page_of(cycle)))
    its_time_has_come(confirmed(cycle, office))
    assert client.get(page_of(cycle)).status_code == 302  # nobody is left to offer one
    assert refusal_of(lambda: confirmed(cycle, office)) == "no_seat"


def test_a_first_message_that_still_waits_is_replaced(office, sign_in):
    student = UserFactory(phone="+12135550131", phone_verified_at=timezone.now(), texts=True)
    cycle = CycleFactory(seats=1)
    one = waiting(cycle, 1, application__student=student)
    Decision.objects.update(released_at=None, released_by=None)
    type(one).objects.update(status="submitted")
    release_now(cycle, office)

    page = words(sign_in(office).get(page_of(cycle)))
    assert "The first message hasn’t been sent yet, so this one replaces it." in page
    its_time_has_come(confirmed(cycle, office))

    left = Message.objects.filter(dropped_at=None)
    assert {each.template for each in left} == {"applications/decision_released"}
    assert Message.objects.exclude(dropped_at=None).count() == left.count()


def test_the_preview_takes_a_constant_number_of_queries(office, sign_in, django_assert_max_num_queries):
    client, counts = sign_in(office), []
    for seats in (2, 12):
        cycle = CycleFactory(seats=seats)
        for place in range(1, seats + 1):
            waiting(cycle, place)
        with django_assert_max_num_queries(20) as captured:
            client.get(page_of(cycle))
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- Undo, and what changed meanwhile ---------------------------------------------------------------


def test_one_undo_takes_back_every_offer_before_the_first_message(office, sign_in):
    cycle, students = eleven_open()
    scheduled = confirmed(cycle, office)
    client, cancel = sign_in(office), reverse("applications:scheduled-cancel", args=[scheduled.code])

    assert "Canceled. No one was told anything." in client.post(cancel, follow=True).text
    client.post(cancel)  # a second tap
    assert its_time_has_come(scheduled) == {"started": 0, "refused": 0}

    assert not Offer.objects.exists() and not Message.objects.exists()
    assert Event.objects.filter(action="release.cancel").count() == 1
    assert confirmed(cycle, office).pk != scheduled.pk  # and they can be offered again


def test_undo_after_the_messages_went_says_why_not(office, sign_in):
    cycle = CycleFactory(seats=1)
    waiting(cycle, 1)
    scheduled = confirmed(cycle, office)
    its_time_has_come(scheduled)
    cancel = reverse("applications:scheduled-cancel", args=[scheduled.code])
    assert "so it can’t be undone. Correct a result" in sign_in(office).post(cancel, follow=True).text
    assert Offer.objects.get().ended_at is None


def test_a_preview_that_is_out_of_date_is_shown_again_and_sends_nothing(office, sign_in):
    cycle = CycleFactory(seats=2)
    first, _second, third = waiting(cycle, 1), waiting(cycle, 2), waiting(cycle, 3)
    client = sign_in(office)
    seen = seen_in(client.get(page_of(cycle)))
    correcting.correct(first, result="not_selected", reason="Mixed up.", by=office)
    Message.objects.all().delete()

    again = client.post(page_of(cycle), {"seen": seen}, follow=True)

    assert "have changed since the preview. Nothing was sent." in again.text
    assert str(third.student) in again.text and str(first.student) not in again.text
    assert not ScheduledRelease.objects.exists()


@pytest.mark.parametrize("change", ["withdrawn", "promoted", "fewer", "language", "role"])
def test_what_changes_after_the_button_stops_all_offers_and_makes_a_task(office, change):
    cycle = CycleFactory(seats=2)
    first, second = waiting(cycle, 1), waiting(cycle, 2)
    scheduled = confirmed(cycle, office)
    if change == "withdrawn":
        application_actions.withdraw(first, by=first.student)
    elif change == "promoted":
        correcting.promote(first, by=office)
    elif change == "fewer":
        type(cycle).objects.update(seats=1)
    elif change == "language":
        type(second.student).objects.filter(pk=second.student_id).update(language="es")
    else:
        Role.objects.filter(user=office).delete()
    before = Offer.objects.count()

    assert its_time_has_come(scheduled) == {"started": 0, "refused": 1}
    assert scheduling.carry_out_due() == {"started": 0, "refused": 0}

    scheduled.refresh_from_db()
    assert scheduled.refused_at and scheduled.refusal and Offer.objects.count() == before
    task = OfficeTask.objects.get()
    assert (task.kind, task.path) == (scheduling.TASK, scheduling.page_of(scheduled))
    told = Message.objects.get(template="applications/release_refused")
    assert told.recipient == office and scheduled.refusal in told.body
    assert refusal_of(lambda: scheduling.cancel(scheduled, by=office)) == "refused"


def test_the_task_goes_once_it_is_set_again(office):
    cycle = CycleFactory(seats=1)
    first, _second = waiting(cycle, 1), waiting(cycle, 2)
    scheduled = confirmed(cycle, office)
    application_actions.withdraw(first, by=first.student)
    its_time_has_come(scheduled)
    assert OfficeTask.objects.open().count() == 1
    confirmed(cycle, office)
    assert OfficeTask.objects.open().count() == 0


def test_two_people_at_once_send_it_once_and_the_second_learns_who_was_first(office, sign_in):
    cycle = CycleFactory(seats=1)
    waiting(cycle, 1)
    other, seen = UserFactory(coordinator=True), filling.plan(cycle).fingerprint
    first = filling.confirm(cycle, seen=seen, by=office)
    assert filling.confirm(cycle, seen=seen, by=office) == first  # a double tap

    page = sign_in(other).post(page_of(cycle), {"seen": seen}, follow=True)

    assert f"{office} has already set this for" in page.text
    assert ScheduledRelease.objects.get() == first


def test_a_coordinator_who_is_on_the_waitlist_offers_nothing_to_themselves(office, sign_in):
    cycle = CycleFactory(seats=1)
    waiting(cycle, 1, application__student=office)
    page = sign_in(office).get(page_of(cycle), follow=True)
    assert "Someone else has to do this." in page.text
    assert refusal_of(lambda: confirmed(cycle, office)) == "own_application"


def test_a_scheduled_release_ends_in_one_way_only(office):
    cycle, now = CycleFactory(), timezone.now()
    common = {"kind": "spots", "cycle": cycle, "due_at": now + dt.timedelta(hours=1), "set_by": office}
    make = ScheduledRelease.objects.create
    make(**common)
    refused("scheduledrelease_one_waits_per_cycle_and_kind", lambda: make(**common))
    ended = {"canceled_at": now, "canceled_by": office}
    refused("scheduledrelease_canceled_at_and_by_together", lambda: make(**common, canceled_at=now))
    refused("scheduledrelease_refused_with_a_reason", lambda: make(**common, refused_at=now))
    refused("scheduledrelease_ends_in_one_way", lambda: make(**common, **ended, started_at=now))
    refused(
        "scheduledrelease_ends_in_one_way", lambda: make(**common, started_at=now, refused_at=now, refusal="Changed.")
    )


# --- Three of eight ---------------------------------------------------------------------------------


def choose(client, cycle, students):
    return client.post(page_of(cycle), {"act": "choose", "who": [each.code for each in students]}, follow=True)


def test_three_of_eight_are_offered(office, sign_in):
    cycle = CycleFactory(seats=8)
    students = [waiting(cycle, place) for place in range(1, 9)]
    client = sign_in(office)
    assert client.get(page_of(cycle)).text.count('name="who"') == 8
    page = choose(client, cycle, students[:3])
    shown = words(page)
    assert "Offer 3 spots" in shown and "8 spots are open." in shown and 'name="who"' not in shown
    assert all(str(each.student) in shown for each in students[:3]) and str(students[3].student) not in shown
    assert not ScheduledRelease.objects.exists()
    client.post(page_of(cycle), {"seen": seen_in(page), "spots": "3"})
    assert its_time_has_come(ScheduledRelease.objects.get()) == {"started": 1, "refused": 0}
    assert [message_templates(each) for each in students] == [["offer_from_waitlist"]] * 3 + [[]] * 5
    assert waitlist.free_seats(cycle) == 5


@pytest.mark.parametrize(
    ("chosen", "said"), [([1, 2], "Before the students you checked come: "), ([], "Check at least one student.")]
)
def test_nobody_is_passed_over_by_checking(office, sign_in, chosen, said):
    cycle = CycleFactory(seats=3)
    students = [waiting(cycle, place) for place in range(1, 4)]
    page = choose(sign_in(office), cycle, [students[each] for each in chosen])
    assert said in page.text and not ScheduledRelease.objects.exists()
    if chosen:
        assert f"come: {students[0].student}. Check them, too." in page.text


def test_what_was_seen_of_three_confirms_no_eight(office, sign_in):
    cycle = CycleFactory(seats=8)
    students = [waiting(cycle, place) for place in range(1, 9)]
    client = sign_in(office)
    page = choose(client, cycle, students[:3])
    client.post(page_of(cycle), {"seen": seen_in(page)})
    assert not ScheduledRelease.objects.exists()
    for typed in ("0", "-1", "x", "99999"):
        assert "Offer 8 spots" in words(client.get(page_of(cycle), {"spots": typed}))


def test_in_spanish(office, sign_in):
    cycle = CycleFactory(seats=3)
    students = [waiting(cycle, place) for place in range(1, 4)]
    client = sign_in(office)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    assert "Ofrecer solo a quienes marque" in client.get(page_of(cycle)).text
    assert "El orden de la lista de espera se respeta." in choose(client, cycle, students[1:]).text


# --- What a release stops ---------------------------------------------------------------------------


def preview_of(client, cycle):
    return words(client.get(reverse("applications:selection-preview", args=[cycle.code])))


@pytest.mark.parametrize("is_new", [True, False])
def test_a_release_lists_the_scheduled_offers_that_it_stops(office, sign_in, is_new):
    cycle = CycleFactory(seats=2)
    students = [waiting(cycle, place) for place in range(2, 4)]
    row = {"result": Status.WAITLISTED, "waitlist_position": 1} if is_new else {"result": Status.NOT_SELECTED}
    about = {"application__cycle": cycle, "application__submitted": True} if is_new else {"application": students[1]}
    DecisionFactory(**row, **about)
    client, stops = sign_in(office), "scheduled offers won’t go out"
    assert stops not in preview_of(client, cycle)
    scheduled = confirmed(cycle, office)
    shown = preview_of(client, cycle)
    assert f"2 {stops}" in shown and all(f"<li>{each.student}</li>" in shown for each in students)
    release_now(cycle, office)
    assert its_time_has_come(scheduled)["refused"] == 1


@pytest.mark.parametrize(
    ("result", "place"), [("not_selected", {}), ("selected", {}), ("waitlisted", {"waitlist_position": 2})]
)
def test_a_release_that_changes_nothing_in_line_stops_nothing(office, sign_in, result, place):
    cycle = CycleFactory(seats=2 if result == "selected" else 1)
    waiting(cycle, 1)
    decision = DecisionFactory(result=result, application__cycle=cycle, application__submitted=True, **place)
    scheduled = confirmed(cycle, office)
    assert "won’t go out" not in preview_of(sign_in(office), cycle)
    release_now(cycle, office)
    decision.refresh_from_db()
    assert decision.released_at and its_time_has_come(scheduled)["started"] == 1


# --- What was refused -------------------------------------------------------------------------------


def test_what_was_refused_is_a_failure_on_the_home_page_and_no_task_among_others(office, sign_in):
    travel_facts()
    cycle = CycleFactory(seats=1)
    first, _second = waiting(cycle, 1), waiting(cycle, 2)
    scheduled = confirmed(cycle, office)
    application_actions.withdraw(first, by=first.student)
    its_time_has_come(scheduled)
    mine = {each.key: each for each in work_of(office)}
    assert (mine["refused"].count, mine["refused"].tone) == (1, "stop")
    assert "tasks" not in mine and "tasks_late" not in mine
    assert "1 scheduled release didn’t go out" in sign_in(office).get("/", follow=True).text
    confirmed(cycle, office)
    assert "didn’t go out" not in sign_in(office).get("/", follow=True).text


def work_of(user):
    cycle = ScheduledRelease.objects.first().cycle
    return duties.owed(duties.OFFICE, office_work.addressed_to(user), cycle)
