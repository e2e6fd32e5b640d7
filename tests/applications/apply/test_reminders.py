"""Reminders as sent: to whom, signed by whom, once, and not when the reason has ended in the meantime."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications import tasks
from applications.apply.actions import reminder as actions
from applications.models import Application, Recommendation, Reminder
from exchange.messages import consent, outbox
from exchange.models import Event, Fact, Message
from tests.factories import CollegeFactory, FactFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, RecommendationFactory, application_facts
from tests.factories_travel import ChecklistItemFactory, PlacementFactory, travel_facts
from travel.prepare.checklist import actions as checklist

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def reference(db):
    application_facts()


def ago(days: float) -> dt.datetime:
    return timezone.now() - days * DAY


def reachable(**fields):
    """A person with email and a phone whose number agreed to texts."""
    return UserFactory(phone="+12135550134", phone_verified_at=ago(90), texts=True, **fields)


def untouched(**fields) -> Application:
    fields = {"student": fields.pop("student", None) or reachable(), "created_at": ago(20), "saved_at": ago(8)} | fields
    return ApplicationFactory(**fields)


def closing(days: int, **fields) -> Application:
    cycle = CycleFactory(opens_at=ago(40), closes_at=timezone.now() + days * DAY)
    return untouched(cycle=cycle, saved_at=ago(2), **fields)


def sent() -> list[str]:
    return [reminder.kind for reminder in Reminder.objects.order_by("pk")]


def outcome() -> dict[str, list[str]]:
    """The templates of the messages written, by channel."""
    rows = Message.objects.order_by("pk")
    return {channel: [row.template for row in rows if row.channel == channel] for channel in ("text", "email")}


# --- Who is told, and once ----------------------------------------------------------------------------


def test_an_untouched_draft_gets_a_text_first_and_the_email_four_hours_later():
    application = untouched()

    assert actions.send_all() == 1

    by_channel = {message.channel: message for message in Message.objects.all()}
    text, email = by_channel["text"], by_channel["email"]
    assert text.template == email.template == "applications/reminder_untouched"
    assert text.send_after is None
    assert dt.timedelta(hours=3.9) < email.send_after - text.queued_at < dt.timedelta(hours=4.1)
    occasion = Reminder.objects.get().occasion
    assert text.still_due == email.still_due == f"{actions.REMINDERS[-1].name}:{application.pk}/{occasion}"
    assert text.recipient == application.student
    assert [event.action for event in Event.objects.all()] == ["application.remind"]


def test_who_gets_no_texts_gets_the_email_at_once():
    untouched(student=UserFactory())
    actions.send_all()
    [email] = Message.objects.all()
    assert (email.channel, email.send_after) == ("email", None)


def test_a_text_at_night_waits_for_the_morning_and_its_email_for_it():
    hour = timezone.localtime().hour
    for key, value in (("message.quiet_from", hour), ("message.quiet_to", (hour + 2) % 24)):
        Fact.objects.filter(key=key).delete()
        FactFactory(key=key, value=value, unit=Fact.Unit.COUNT)
    untouched()
    actions.send_all()
    text, email = (Message.objects.get(channel=channel) for channel in ("text", "email"))
    assert text.send_after > timezone.now()
    assert email.send_after == text.send_after + dt.timedelta(hours=4)


@pytest.mark.parametrize("days", [7, 3, 1])
def test_a_deadline_that_is_near(days):
    closing(days)
    tasks.send_reminders.delay()
    assert sent() == ["closing"]


@pytest.mark.parametrize("days", [2, 5])
def test_a_day_that_was_missed_is_made_up_for(days):
    closing(days)
    actions.send_all()
    assert sent() == ["closing"]


def test_a_referee_who_has_not_written():
    application = untouched(submitted=True)
    RecommendationFactory(application=application, requested_at=ago(7))
    actions.send_all()
    assert sent() == ["referee"]


def test_a_referee_who_said_no():
    application = untouched(submitted=True)
    RecommendationFactory(application=application, requested_at=ago(20), refused="declined", refused_at=ago(8))
    actions.send_all()
    assert Reminder.objects.get().occasion.startswith(f"{timezone.localtime(ago(8)).date()}/")
    assert "can’t write your letter" in Message.objects.get(channel="email").body


def returned(**fields) -> Application:
    application = untouched(returned=True, saved_at=ago(20), **fields)
    Event.objects.create(
        at=ago(4),
        action="application.return_for_fix",
        target_model="applications.application",
        target_id=application.pk,
    )
    return application


def test_a_fix_that_is_waiting():
    application = returned()
    actions.send_all()
    assert Reminder.objects.get().occasion == f"{timezone.localtime(ago(4)).date()}/1"
    assert sent() == ["fix"]
    text = Message.objects.get(channel="text").body
    assert text.endswith(reverse("applications:application-overview", args=[application.code]))


NOT_TOLD = {
    "fresh": lambda: untouched(saved_at=ago(3)),
    "test": lambda: untouched(is_test=True),
    "visitor": lambda: ApplicationFactory(student=None, draft_key="x" * 64, saved_at=ago(9), created_at=ago(9)),
    "closed": lambda: untouched(cycle=CycleFactory(closed=True)),
    "not yet": lambda: untouched(cycle=CycleFactory(upcoming=True)),
    "not published": lambda: untouched(cycle=CycleFactory(published_at=None)),
    "withdrawn": lambda: untouched(withdrawn=True),
    "sent": lambda: untouched(submitted=True),
    "letter is here": lambda: RecommendationFactory(application=untouched(submitted=True), received=True),
    "asked yesterday": lambda: RecommendationFactory(application=untouched(submitted=True), requested_at=ago(1)),
    "decided": lambda: RecommendationFactory(application=untouched(selected=True), requested_at=ago(30)),
    "account is closed": lambda: untouched(student=reachable(is_active=False)),
}


@pytest.mark.parametrize("name", NOT_TOLD)
def test_nobody_else_is_told(name):
    NOT_TOLD[name]()
    assert actions.send_all() == 0
    assert not Message.objects.exists()


def test_more_time_moves_the_reminder():
    application = closing(-2, reopened_until=timezone.now() + 3 * DAY)
    actions.send_all()
    assert Reminder.objects.get().occasion == f"{timezone.localtime(application.reopened_until).date()}/3"


def test_twice_is_once():
    untouched()
    assert [actions.send_all(), actions.send_all()] == [1, 0]
    tasks.send_reminders.delay()
    assert outcome() == {"text": ["applications/reminder_untouched"], "email": ["applications/reminder_untouched"]}


def test_two_workers_send_one(monkeypatch):
    """Both have found the same candidate; the second finds the row that the first has inserted."""
    application = untouched()
    untouched_reminder = actions.REMINDERS[-1]
    numbers = untouched_reminder.numbers()
    assert [untouched_reminder.send(str(application.pk), numbers) for _worker in range(2)] == [1, 0]
    assert len(sent()) == 1


def test_one_reminder_a_day_the_most_urgent_first():
    student = reachable()
    closing(3, student=student)
    returned(student=student)
    assert actions.send_all() == 1
    assert actions.send_all() == 0

    Message.objects.update(queued_at=ago(1), send_after=None)
    assert actions.send_all() == 1
    assert sorted(sent()) == ["closing", "fix"]


def test_a_reminder_of_the_trip_counts_for_the_day_too():
    travel_facts()
    student = reachable()
    placement = PlacementFactory(application__student=student)
    ChecklistItemFactory(placement=placement, do_by=timezone.localdate())
    untouched(student=student)

    assert checklist.REMINDER.send_all() == 1
    assert actions.send_all() == 0
    assert checklist.REMINDER.send_all() == 0


def test_two_on_one_day_wait_for_the_next_whichever_comes_first():
    travel_facts()
    student = reachable()
    placement = PlacementFactory(application__student=student)
    ChecklistItemFactory(placement=placement, do_by=timezone.localdate())
    untouched(student=student)

    assert actions.send_all() == 1
    assert checklist.REMINDER.send_all() == 0
    Message.objects.update(queued_at=ago(1), send_after=None)
    assert checklist.REMINDER.send_all() == 1


def test_the_number_of_queries_for_many_who_are_not_due(django_assert_num_queries):
    for _each in range(5):
        untouched(student=UserFactory(), saved_at=ago(1))
    with django_assert_num_queries(13):  # for each of six kinds its numbers and its rows, and what drafts were sent
        assert actions.send_all() == 0


# --- Signed by a person, in the person's language ------------------------------------------------------


def test_signed_by_the_named_advisor_of_the_college():
    college = CollegeFactory(short_name="LACC", name="Los Angeles City College")
    college.named_advisor = UserFactory(advisor=college, full_name="Adaeze Okafor")
    college.save()
    closing(3, college=college)

    actions.send_all()

    text, email = (Message.objects.get(channel=channel) for channel in ("text", "email"))
    assert text.body.startswith("Adaeze Okafor, LACC: ")
    assert "\n\nAdaeze Okafor\nAdvisor, Los Angeles City College\n\n" in email.body
    assert email.reply_to == college.named_advisor.email


def named_elsewhere(college):
    return UserFactory(advisor=CollegeFactory())


def named_and_gone(college):
    return UserFactory(advisor=college, is_active=False)


@pytest.mark.parametrize("named", [lambda college: None, named_elsewhere, named_and_gone])
def test_else_signed_by_the_office(named, settings):
    settings.OFFICE_NAME, settings.OFFICE_PHONE = "Exchange team, Mayor’s Office", "+1 213 555 0148"
    college = CollegeFactory()
    college.named_advisor = named(college)
    college.save()
    closing(3, college=college)

    actions.send_all()

    text, email = (Message.objects.get(channel=channel) for channel in ("text", "email"))
    assert text.body.startswith("Mayor's Young Ambassadors: ")
    assert email.body.endswith("Just reply to this email.\n\nExchange team, Mayor’s Office\n+1 213-555-0148")
    assert email.reply_to == settings.OFFICE_EMAIL


def test_in_the_persons_language():
    closing(3, student=reachable(language="es"))
    actions.send_all()
    assert {message.language for message in Message.objects.all()} == {"es"}


def test_nothing_private_in_a_text():
    application = closing(3, student=reachable(full_name="Marisol Reyes Ortega", preferred_name="Marisol"))
    actions.send_all()
    body = Message.objects.get(channel="text").body
    assert "Marisol" not in body
    assert "pplication" not in body.replace("/applications/", "")
    assert application.cycle.name not in body


# --- The reason is checked again just before sending --------------------------------------------------


def submit(application):
    Application.objects.filter(pk=application.pk).update(
        status="submitted", submitted_at=timezone.now(), college=CollegeFactory()
    )


def withdraw(application):
    Application.objects.filter(pk=application.pk).update(status="withdrawn", withdrawn_at=timezone.now())


def move_deadline(application):
    application.cycle.closes_at += 10 * DAY
    application.cycle.save()


def go_on_writing(application):
    Application.objects.filter(pk=application.pk).update(saved_at=timezone.now())


def delete(application):
    Reminder.objects.all().delete()


ENDINGS = [submit, withdraw, move_deadline, go_on_writing, delete]


@pytest.mark.parametrize("ends", ENDINGS)
def test_a_reminder_whose_reason_ended_is_dropped(ends, mailoutbox, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    application = closing(3)
    actions.send_all()
    Message.objects.update(send_after=ago(0.001))
    ends(application)

    outbox.deliver_waiting()

    assert mailoutbox == []
    assert not (tmp_path / "outbox").exists()
    assert {message.error for message in Message.objects.all()} == {outbox.REASON_ENDED}
    assert all(message.dropped_at and not message.sent_at for message in Message.objects.all())


def test_a_reminder_whose_reason_lasts_is_sent_text_and_email(mailoutbox, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    closing(3)
    actions.send_all()
    Message.objects.update(send_after=ago(0.001))

    outbox.deliver_waiting()

    assert len(mailoutbox) == 1
    assert len(list((tmp_path / "outbox").iterdir())) == 1


def test_a_letter_that_came_ends_its_reminder(mailoutbox):
    application = untouched(submitted=True, student=UserFactory())
    RecommendationFactory(application=application, requested_at=ago(7))
    actions.send_all()
    Recommendation.objects.update(received_at=timezone.now(), letter="She stayed late on Thursdays.")
    outbox.deliver(Message.objects.get().pk)
    assert mailoutbox == []


def test_after_a_stop_the_text_is_dropped_and_the_email_comes(mailoutbox):
    closing(3)
    actions.send_all()
    consent.stop("+12135550134", how="text", by=None)
    Message.objects.update(send_after=ago(0.001))
    outbox.deliver_waiting()
    assert len(mailoutbox) == 1
    assert Message.objects.get(channel="text").error == outbox.SAID_STOP


def test_a_duty_that_was_done_ends_its_reminder(mailoutbox):
    travel_facts()
    placement = PlacementFactory(application__student=UserFactory())
    item = ChecklistItemFactory(placement=placement, do_by=timezone.localdate())
    checklist.REMINDER.send_all()
    item.done_at, item.done_by = timezone.now(), placement.application.student
    item.save()
    outbox.deliver(Message.objects.get().pk)
    assert mailoutbox == []
