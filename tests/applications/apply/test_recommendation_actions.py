"""Recommendations: a referee is asked, reminded, replaced, stopped; a letter is begun, sent, refused; links expire."""

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from applications import tasks
from applications.apply.actions import application as application_actions
from applications.apply.actions import draft as draft_actions
from applications.apply.actions import recommendation as actions
from applications.models import Recommendation
from applications.states import Status
from exchange.base import due
from exchange.base.errors import RuleViolation
from exchange.messages import consent, outbox
from exchange.messages.reminders import Before
from exchange.models import Event, Message
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, RecommendationFactory, application_facts

pytestmark = pytest.mark.django_db
LENA, SAM = "lena.whitcomb@example.edu", "sam.ito@example.org"
SAM_ITO = actions.Referee("Sam Ito", SAM, "", "My boss")
WAITING = ["asked", "begun"]


@pytest.fixture(autouse=True)
def facts():
    application_facts()


def letter(trait="asked", application="submitted", **fields):
    """The recommendation of a submitted application."""
    return RecommendationFactory(**{trait: True, f"application__{application}": True, **fields})


def violation(act, *args, **kwargs):
    with pytest.raises(RuleViolation) as raised:
        act(*args, **kwargs)
    return raised.value.code


def told():
    rows = Message.objects.order_by("pk")
    return [(row.template.removeprefix("applications/recommendation_"), row.channel, row.address) for row in rows]


def state(recommendation):
    return Recommendation.objects.select_related("application").get(pk=recommendation.pk).state


def days_ago(days):
    return timezone.now() - dt.timedelta(days=days)


# --- The link ---------------------------------------------------------------------------------------


def test_link_is_signed_and_a_copy_of_the_rows_makes_none():
    recommendation = letter()
    assert Recommendation.find(recommendation.link) == recommendation
    forged = [recommendation.token, f"{recommendation.token}.", f"{recommendation.token}.{'A' * 43}", "", ".", "a\x00"]
    assert [Recommendation.find(link) for link in forged] == [None] * len(forged)


# --- Asking -----------------------------------------------------------------------------------------


def test_ask_writes_by_email_and_text_once_in_both_languages():
    recommendation = RecommendationFactory(
        application__submitted=True,
        referee_phone="213 555 0177",
        application__student__full_name="Marisol Reyes Ortega",
    )
    actions.ask(recommendation.application)
    actions.ask(recommendation.application)

    assert told() == [("asked", "email", LENA), ("asked", "text", "+12135550177")]
    email, text = Message.objects.order_by("pk")
    recommendation.refresh_from_db()
    assert recommendation.link in email.body and recommendation.link in text.body
    assert email.body.count(recommendation.link) == 2
    assert "Ana" in email.body
    # a text may be read by others on a lock screen
    assert not any(word in text.body for word in ("Ana", "Marisol", "Reyes", "Lena", "Whitcomb"))
    assert state(recommendation) == "asked"


def test_ask_sends_no_text_to_what_is_no_number_or_said_stop():
    consent.stop("+12135550177", how=consent.How.TEXT, by=None)
    for phone in ("five five five", "+12135550177"):
        actions.ask(RecommendationFactory(application__submitted=True, referee_phone=phone).application)
    assert {channel for _event, channel, _to in told()} == {"email"}


@pytest.mark.parametrize(("decided_in", "days"), [(60, 30), (10, 9), (1, 30), (-5, 30)])
def test_link_ends_after_its_days_or_the_day_before_everyone_is_told(decided_in, days):
    cycle = CycleFactory(decisions_on=timezone.localdate() + dt.timedelta(days=decided_in))
    recommendation = RecommendationFactory(application__submitted=True, application__cycle=cycle)
    actions.ask(recommendation.application)
    recommendation.refresh_from_db()
    ends = timezone.localtime(recommendation.expires_at)
    assert (ends.date() - timezone.localdate()).days == days
    assert (ends.hour, ends.minute) == (23, 59)


def test_an_application_mails_only_so_many_strangers():
    recommendation = letter()
    application, by = recommendation.application, recommendation.application.student
    for number in range(4):
        referee = actions.Referee(f"Person {'ABCD'[number]}", f"person-{number}@example.org", "", "Boss")
        actions.replace(application, referee, by=by)
    assert violation(actions.replace, application, SAM_ITO, by=by) == "too_many_referees"
    assert ("asked", "email", SAM) not in told()

    # nor by changing the address in an application returned for a fix
    Recommendation.objects.update(requested_at=None, expires_at=None, referee_email=SAM)
    actions.ask(application)
    assert ("asked", "email", SAM) not in told()
    assert state(recommendation) == "not_asked"


# --- What the referee does --------------------------------------------------------------------------


def test_save_draft_keeps_it_for_later_and_tells_nobody():
    recommendation = letter()
    saved = actions.save_draft(recommendation, draft="She stayed", seen="")
    again = actions.save_draft(saved, draft="She stayed", seen="")  # a second tap, from the same page
    later = actions.save_draft(again, draft="She stayed late.", seen=again.seen)
    assert (later.draft, later.letter, state(later)) == ("She stayed late.", "", "begun")
    assert later.opened_at == saved.opened_at is not None
    assert told() == []
    assert Event.objects.filter(action="recommendation.save_draft").count() == 2
    assert "She stayed" not in str(list(Event.objects.values_list("changes", "reason")))


def test_save_draft_does_not_write_over_another_page():
    recommendation = letter()
    actions.save_draft(recommendation, draft="On the computer.", seen="")
    assert violation(actions.save_draft, recommendation, draft="On the phone.", seen="") == "changed_elsewhere"
    recommendation.refresh_from_db()
    assert recommendation.draft == "On the computer."


def test_send_letter_keeps_the_first_and_tells_the_student_without_it():
    student = UserFactory(phone="+12135550101", phone_verified_at=timezone.now())
    consent.agree("+12135550101", how=consent.How.PAGE, by=student)
    recommendation = letter("begun", application__student=student)
    actions.send_letter(recommendation, letter="She stays late.")
    actions.send_letter(recommendation, letter="Changed my mind.")
    recommendation.refresh_from_db()
    assert (recommendation.letter, recommendation.draft) == ("She stays late.", "")
    assert told() == [("received", "email", student.email), ("received", "text", "+12135550101")]
    assert "She stays late" not in str(list(Message.objects.values_list("body", "html", "subject")))
    assert Event.objects.get(action="application.write_recommendation").by is None


@pytest.mark.parametrize("refused", ["declined", "wrong_person"])
def test_refuse_ends_the_link_and_tells_the_student_once(refused):
    recommendation = letter("begun")
    actions.refuse(recommendation, refused=refused, note="I am away.")
    actions.refuse(recommendation, refused="declined", note="Again.")
    recommendation.refresh_from_db()
    assert (recommendation.refused, recommendation.draft, recommendation.answer_note) == (refused, "", "I am away.")
    assert told() == [("refused", "email", recommendation.application.student.email)]
    assert state(recommendation) == refused
    assert violation(actions.send_letter, recommendation, letter="After all.") == "refused"


def test_refuse_after_the_letter_changes_nothing():
    recommendation = letter("received")
    assert violation(actions.refuse, recommendation, refused="declined") == "has_written"


ACTS = [
    lambda row: actions.save_draft(row, draft="Late.", seen=row.seen),
    lambda row: actions.send_letter(row, letter="Late."),
    lambda row: actions.refuse(row, refused="declined"),
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"application": "withdrawn"}, "withdrawn"),
        ({"application": "selected"}, "too_late"),
        ({"trait": "expired"}, "expired"),
    ],
    ids=["withdrawn", "decided", "expired"],
)
def test_a_dead_link_takes_nothing(act, fields, code):
    recommendation = letter(**fields)
    assert violation(act, recommendation) == code
    recommendation.refresh_from_db()
    assert (recommendation.draft, recommendation.letter, recommendation.refused) == ("", "", "")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("end", ["replace", "revoke"])
def test_a_page_that_was_open_while_the_link_was_replaced_takes_nothing(act, end):
    recommendation = letter()
    application = Recommendation.objects.get().application
    if end == "replace":
        actions.replace(application, SAM_ITO, by=application.student)
    else:
        actions.revoke(application, by=UserFactory(coordinator=True), reason="Wrong address")
    assert violation(act, recommendation) == "replaced"
    assert Recommendation.objects.get().letter == ""


# --- What the student does --------------------------------------------------------------------------


@pytest.mark.parametrize("trait", ["asked", "begun", "declined", "expired"])
def test_replace_gives_a_new_link_and_tells_both(trait):
    recommendation = letter(trait)
    old = recommendation.token
    actions.replace(recommendation.application, SAM_ITO, by=recommendation.application.student)
    recommendation.refresh_from_db()
    assert recommendation.token != old
    assert (recommendation.referee_name, recommendation.referee_email) == ("Sam Ito", SAM)
    assert (recommendation.draft, recommendation.refused, recommendation.answer_note) == ("", "", "")
    assert state(recommendation) == "asked"
    thanks = [("no_longer_needed", "email", LENA)] if trait in WAITING else []
    assert told() == [*thanks, ("asked", "email", SAM)]
    old_mail = Message.objects.filter(template__endswith="no_longer_needed").first()
    assert old_mail is None or "/recommendations/" not in old_mail.body


def test_replace_twice_asks_once_and_the_same_address_corrects_the_rest():
    recommendation = letter()
    application, by = recommendation.application, recommendation.application.student
    actions.replace(application, SAM_ITO, by=by)
    actions.replace(application, SAM_ITO, by=by)
    token = Recommendation.objects.get().token
    actions.replace(application, actions.Referee("Samuel Ito", SAM, "", "My boss"), by=by)
    assert (Recommendation.objects.get().referee_name, Recommendation.objects.get().token) == ("Samuel Ito", token)
    assert told().count(("asked", "email", SAM)) == 1


@pytest.mark.parametrize(
    ("fields", "email", "code"),
    [
        ({"trait": "received"}, SAM, "has_written"),
        ({"application": "selected"}, SAM, "not_in_reading"),
        ({"application": "withdrawn"}, SAM, "not_in_reading"),
        ({"trait": "declined"}, LENA.upper(), "same_referee"),
        ({"trait": "expired"}, LENA, "same_referee"),
        ({}, "OWN", "own_address"),
    ],
)
def test_replace_is_refused(fields, email, code):
    recommendation = letter(**fields)
    student = recommendation.application.student
    referee = actions.Referee("Sam Ito", student.email.upper() if email == "OWN" else email, "", "Boss")
    assert violation(actions.replace, recommendation.application, referee, by=student) == code
    assert told() == []


@pytest.mark.parametrize("trait", ["asked", "begun", "received", "declined", "expired"])
def test_withdrawing_thanks_whoever_still_has_a_link(trait):
    recommendation = letter(trait)
    application_actions.withdraw(recommendation.application, by=recommendation.application.student)
    assert (("no_longer_needed", "email", LENA) in told()) is (trait in WAITING)
    assert Recommendation.objects.get().draft == ""


def test_a_changed_address_in_what_was_returned_starts_anew():
    application = ApplicationFactory(answered=True, returned=True)
    recommendation = application.recommendation
    actions.ask(application)
    recommendation.refresh_from_db()
    actions.save_draft(recommendation, draft="She stayed", seen="")
    old = recommendation.token
    draft_actions.save_answers(application, {"referee_email": SAM}, by=application.student)
    recommendation.refresh_from_db()
    assert (recommendation.token, recommendation.draft) == (old, "She stayed")  # the student may still reverse it
    application_actions.submit(application, by=application.student)
    recommendation.refresh_from_db()
    assert recommendation.token != old
    assert (recommendation.draft, state(recommendation)) == ("", "asked")


# --- What the office and the advisor do -------------------------------------------------------------


def test_send_again_renews_the_days_and_not_within_the_hour():
    recommendation, by = letter("expired"), UserFactory(coordinator=True)
    assert state(recommendation) == "expired"
    actions.send_again(recommendation.application, by=by)
    assert state(recommendation) == "asked"
    assert violation(actions.send_again, recommendation.application, by=by) == "sent_just_now"
    assert told() == [("asked", "email", LENA)]
    assert Recommendation.objects.get().token == recommendation.token


@pytest.mark.parametrize("trait", ["received", "declined"])
def test_send_again_only_where_an_answer_is_awaited(trait):
    recommendation = letter(trait)
    assert violation(actions.send_again, recommendation.application, by=UserFactory(coordinator=True)) == "not_waiting"


def test_revoke_kills_the_link_and_the_student_is_told_once():
    recommendation, by = letter("begun"), UserFactory(coordinator=True)
    old = recommendation.token
    actions.revoke(recommendation.application, by=by, reason="A stranger’s address")
    actions.revoke(recommendation.application, by=by, reason="Again")
    recommendation.refresh_from_db()
    assert (recommendation.token != old, recommendation.draft, state(recommendation)) == (True, "", "revoked")
    assert told() == [("refused", "email", recommendation.application.student.email)]

    actions.ask(recommendation.application)  # resubmitting the application asks nobody again
    assert state(recommendation) == "revoked"
    actions.send_again(recommendation.application, by=by)
    assert state(recommendation) == "asked"


def test_revoke_leaves_a_letter_alone():
    recommendation = letter("received")
    by = UserFactory(coordinator=True)
    assert violation(actions.revoke, recommendation.application, by=by, reason="No") == "has_written"


# --- Reminders --------------------------------------------------------------------------------------


def test_referee_is_reminded_after_so_many_days_and_so_many_times():
    recommendation = letter(requested_at=days_ago(7))
    tasks.remind_referees()
    tasks.remind_referees()  # the task may run twice
    assert told() == [("reminder", "email", LENA)]
    for _week in range(3):
        Recommendation.objects.update(reminded_at=days_ago(7))
        tasks.remind_referees()
    assert len(told()) == 2
    recommendation.refresh_from_db()
    assert recommendation.reminders == 2
    assert recommendation.link in Message.objects.first().body


def test_another_reminder_before_the_link_ends_is_one_line_and_a_fact():
    FactFactory(key="referee.last_days", value=2)
    before = Before(("referee.last_days",), of=lambda row: row.expires_at)
    reminder = replace(actions.REMINDER, offsets=(*actions.REMINDER.offsets, before))
    letter(requested_at=days_ago(3))
    Recommendation.objects.update(expires_at=timezone.now() + dt.timedelta(days=3))
    assert reminder.send_all() == 0
    Recommendation.objects.update(expires_at=timezone.now() + dt.timedelta(days=1))
    assert [reminder.send_all() for _run in range(2)] == [1, 0]


@pytest.mark.parametrize(
    "fields",
    [
        {"requested_at": days_ago(6)},
        {"trait": "received", "requested_at": days_ago(20)},
        {"trait": "declined", "requested_at": days_ago(20)},
        {"trait": "expired"},
        {"requested_at": days_ago(20), "application": "withdrawn"},
        {"requested_at": days_ago(20), "application": "selected"},
    ],
    ids=["too soon", "received", "declined", "expired", "withdrawn", "decided"],
)
def test_reminders_stop_when_their_reason_does(fields):
    letter(**fields)
    assert actions.REMINDER.send_all() == 0


def test_a_text_that_waited_for_the_morning_is_dropped_with_its_link():
    recommendation = letter(requested_at=days_ago(7))
    actions.REMINDER.send_all()
    message = Message.objects.get()
    assert due.holds(message.still_due)
    actions.replace(recommendation.application, SAM_ITO, by=recommendation.application.student)
    assert outbox.deliver(message.pk) is False
    message.refresh_from_db()
    assert message.dropped_at is not None


def test_state_says_what_happened():
    states = {"asked": "asked", "begun": "begun", "received": "received", "declined": "declined", "expired": "expired"}
    assert {trait: state(letter(trait)) for trait in states} == states
    assert state(RecommendationFactory(application=ApplicationFactory())) == "not_asked"
    assert set(Recommendation.TONES) == set(Recommendation.State)
    assert Status.SUBMITTED in {row.application.status for row in Recommendation.objects.waiting()}
