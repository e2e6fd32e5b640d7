"""Pages of the office as a whole: each line that somebody reads, where it leads, and the order."""

import datetime as dt
from collections import Counter

import pytest
from django.utils import timezone

from applications.apply.actions import staff_note
from applications.models import (
    Disclosure,
    GroupMessage,
    GroupRecipient,
    Reserve,
    ScheduledRelease,
    Thread,
)
from exchange.base import audit
from exchange.messages import consent, reminders
from exchange.models import Event, Fact, Message, OfficeTask
from tests.alumni import agreed
from tests.factories import FactFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    OfferFactory,
    RecommendationFactory,
    application_facts,
    review_facts,
)
from tests.factories_counters import PassportDayFactory, booked, counter_facts
from tests.factories_help import HelpSessionFactory
from tests.factories_meeting import InterviewFactory, InterviewSlotFactory
from tests.factories_travel import (
    AgreementFactory,
    ChecklistItemFactory,
    EntryRuleFactory,
    FormTextFactory,
    GuidanceFactory,
    PassportCaseFactory,
    PlacementFactory,
    SigningLinkFactory,
    TripFactory,
    at_noon,
    in_days,
    travel_facts,
)
from tests.travel.office.test_pipeline import everyone
from tests.travel.stories import quoted, told
from tests.wholes import is_as_written, whole
from travel.models import HealthRule, OrientationSession, SurveyItem, TravelAnswers, VisaDay, VisaDayPerson
from travel.office.activity import feed as activity
from travel.office.activity import peek
from travel.office.calendar import entries as calendar
from travel.office.committee import rules as committee_rules
from travel.office.group_messages import group_list, group_page
from travel.office.group_messages.actions import Difference
from travel.office.home import advisor_work as work
from travel.office.home import duties, pipeline
from travel.office.own_data import sharing
from travel.office.reference import bounds as reference_bounds
from travel.office.reference import reach as reference_reach
from travel.states import PassportStage

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def numbers(db):
    counter_facts(), application_facts(), review_facts(), travel_facts()
    more = {"due.remind_days": 3, "survey.reminder_days": 21, "survey.closes_days": 60}
    more |= {"reference.review_days": 180, "reference.entry_review_days": 90}
    for key, days in more.items():
        if not Fact.objects.filter(key=key).exists():
            FactFactory(key=key, value=days)


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Dana Office")


# --- Work --------------------------------------------------------------------------------------------


def test_an_advisors_duties():
    assert is_as_written("duties", whole(work._work_of(UserFactory(advisor=True))))


def test_the_offices_duties_in_order_of_urgency_without_those_of_nobody():
    cycle = CycleFactory()
    owed = Counter({kind.key: number for number, kind in enumerate(duties.OFFICE)})
    found = duties.owed(duties.OFFICE, owed, cycle)
    assert [duty.count for duty in found] == list(range(1, len(duties.OFFICE)))
    assert is_as_written("office_duties", whole(found))


# --- The pipeline ------------------------------------------------------------------------------------


def test_the_pipeline_of_a_cycle(office):
    cycle = CycleFactory(ready=True, seats=40)
    everyone(cycle)
    ScheduledRelease.objects.create(
        cycle=cycle, kind="spots", due_at=timezone.now() + HOUR, set_by=office, details={"codes": ["a", "b"]}
    )
    found = pipeline.pipeline_of(cycle, by=office)
    rows = [row for row in found.colleges if row.submitted.count]
    parts = {"stages": found.stages, "others": found.others, "colleges": rows, "owed": dict(sorted(found.owed.items()))}
    parts |= {"nowhere": found.nowhere, "days to departure": found.days_to_departure, "scheduled": found.scheduled}
    assert found.counted_at is None
    assert is_as_written("pipeline", whole(parts))


def test_the_pipeline_of_a_cycle_in_which_all_is_done(office):
    found = pipeline.pipeline_of(CycleFactory(ready=True), by=office)
    parts = {"stages": found.stages, "others": found.others, "days to departure": found.days_to_departure}
    assert is_as_written("pipeline_empty", whole(parts))


# --- The calendar ------------------------------------------------------------------------------------


def at(days, hour=17):
    return timezone.make_aware(dt.datetime.combine(in_days(days), dt.time(hour)))


@pytest.fixture
def busy(office):
    """A cycle with something of each kind ahead."""
    cycle = CycleFactory(
        ready=True,
        closes_at=at(3),
        opens_at=at(-3),
        has_interviews=True,
        endorsements_due_on=in_days(5),
        readings_due_on=in_days(7),
        decisions_on=in_days(9),
    )
    ApplicationFactory.create_batch(2, cycle=cycle)
    application = ApplicationFactory(cycle=cycle, submitted=True, student__full_name="Marisol Reyes")
    for _each in range(2):
        decision = DecisionFactory(released=True, application=ApplicationFactory(cycle=cycle, selected=True))
        OfferFactory(decision=decision, answer_by=at(6))
    slot = InterviewSlotFactory(cycle=cycle, starts_at=at(4))
    InterviewFactory(application=application, slot=slot, booked_at=timezone.now())
    ScheduledRelease.objects.create(cycle=cycle, kind="results", due_at=at(8), set_by=office)
    trip = TripFactory(cycle=cycle, leaves_on=in_days(10), returns_on=in_days(20))
    placements = [PlacementFactory(trip=trip) for _each in range(2)]
    day = VisaDay.objects.create(trip=trip, starts_at=at(5), minutes=60, place="Consulate", address="1 Main Street")
    VisaDayPerson.objects.create(day=day, placement=placements[0])
    OrientationSession.objects.create(
        cycle=cycle, starts_at=at(6), minutes=90, place="City Hall", zone="Asia/Ho_Chi_Minh", planned_by=office
    )
    visit = PassportDayFactory(on=in_days(7), slots=[2])
    booked(visit.slots.get(), placements[1].application)
    person = application.student
    for key, days, kind, more in (
        ("a", -2, "travel.ticket", {"person": person, "owner": office}),
        ("b", 0, staff_note.TASK, {"person": person, "params": {"body": "Call the host."}}),
        ("c", 2, "travel.incident_read", {"params": {"city": {"en": "Hanoi", "es": "Hanói"}}}),
    ):
        OfficeTask.objects.create(key=key, kind=kind, due_on=in_days(days), **more)
    return cycle


def test_the_calendar_with_something_of_every_kind(busy, office):
    weeks = calendar.weeks(calendar.monday_of(in_days(-7)), 6, by=office)
    items = [item for week in weeks for day in week.days for item in day.items]
    assert [week.sunday - week.monday for week in weeks] == [dt.timedelta(days=6)] * 6
    for week in weeks:
        assert week.monday.weekday() == 0
        assert all(week.monday <= day.on <= week.sunday for day in week.days)
    assert is_as_written("calendar", whole(sorted(items, key=lambda item: (item.kind, item.on, item.title))))
    order = [(item.on, item.late_since is None, list(calendar.KINDS).index(item.kind)) for item in items]
    assert order == sorted(order)
    only = calendar.weeks(calendar.monday_of(in_days(-7)), 6, kind=calendar.VISA, by=office)
    assert [item.kind for week in only for day in week.days for item in day.items] == [calendar.VISA]


def test_the_feed_of_the_calendar_has_no_names_and_late_tasks_on_their_day(busy, office):
    entries = calendar.entries_of(office)
    assert is_as_written("calendar_feed", whole(sorted(entries, key=lambda each: (each.day, each.summary[:8]))))
    assert not [each for each in entries if "Marisol" in each.summary]


# --- Messages to groups ------------------------------------------------------------------------------


def group_of(cycle, office, **more):
    texts = {"body_en": "Bring your card on Monday.", "body_es": ""}
    group = GroupMessage.objects.create(query=f"cycle={cycle.code}", author=office, **texts | more)
    for name, language, email in (("Ana Bui", "en", True), ("Luz Vega", "es", True), ("Leo Ruiz", "es", False)):
        ways = {} if email else {"email": None, "phone": "+12135550135"}
        person = UserFactory(full_name=name, preferred_name="", language=language, **ways)
        if name == "Luz Vega":
            type(person).objects.filter(pk=person.pk).update(phone="+12135550134", phone_verified_at=timezone.now())
            person.refresh_from_db()
            consent.agree("+12135550134", how="page", by=person, user=person)
        application = ApplicationFactory(cycle=cycle, student=person, submitted=True)
        GroupRecipient.objects.create(group=group, application=application, language=language)
    return group


def page_of(group, **more):
    rows = list(group.recipients.select_related("application__student", "application__college").order_by("pk"))
    return group_page.page_of(group, rows, [row.language for row in rows], **more)


@pytest.mark.parametrize("state", ["draft", "left_out", "other", "sent"])
def test_the_page_of_a_message_to_a_group(state, office):
    group = group_of(CycleFactory(ready=True), office)
    now = timezone.now()
    if state != "draft":
        group.missing, group.confirmed_at, group.send_at = ("leave_out" if state == "left_out" else "other"), now, now
    if state == "sent":
        group.started_at = group.finished_at = now
    group.save()
    found = page_of(group)
    assert is_as_written(f"group_{state}", whole(found) + f"\nstate: {group_page.state_of(group)}")


def test_what_changed_on_a_list_is_said_with_names():
    cycle = CycleFactory(ready=True)

    def some(number):
        return [
            ApplicationFactory(cycle=cycle, student__full_name=f"Ana {letter}", student__preferred_name="")
            for letter in "ABCDEFGHIJKL"[:number]
        ]

    many = Difference(some(1), some(2), some(10), some(12), 2)
    assert is_as_written("differences", whole(group_page.differences(many)))
    assert group_page.differences(Difference()) == []
    assert len(group_page.differences(Difference(out_of_sight=1))) == 1


@pytest.mark.parametrize(("language", "missing"), [("es", "body_es"), ("en", "body_en")])
def test_the_page_of_a_message_to_one_student(office, language, missing):
    application = ApplicationFactory(submitted=True, student__full_name="Luz Vega", student__language=language)
    texts = {"body_en": "Hello.", "body_es": "Hola."} | {missing: ""}
    group = GroupMessage.objects.create(query=f"q={application.code}", author=office, **texts)
    GroupRecipient.objects.create(group=group, application=application, language=language)
    rows = list(group.recipients.select_related("application__student"))
    assert group_page.only_of(group, rows) == application.student
    assert is_as_written(f"group_of_one_{language}", whole(page_of(group)))


def test_the_list_of_messages_to_groups(office):
    cycle, now = CycleFactory(ready=True), timezone.now()
    states = [
        {"body_en": "Draft. " * 20},
        {"body_en": "", "body_es": "Programado.", "confirmed_at": now, "send_at": now + HOUR},
        {"body_en": "Going.", "confirmed_at": now, "send_at": now, "started_at": now},
        {"body_en": "Sent.", "confirmed_at": now, "send_at": now, "started_at": now, "finished_at": now},
        {"body_en": "Canceled.", "confirmed_at": now, "send_at": now, "called_off_at": now, "called_off_by": office},
        {"body_en": "Discarded.", "called_off_at": now, "called_off_by": office},
    ]
    for number, each in enumerate(states):
        group = GroupMessage.objects.create(author=office, query="", **{"body_es": ""} | each)
        for _student in range(number):
            application = ApplicationFactory(cycle=cycle, submitted=True)
            GroupRecipient.objects.create(group=group, application=application, language="en")
    other = UserFactory(coordinator=True, full_name="Ada Other")
    GroupMessage.objects.create(query="", author=other, body_en="Café at nine.", body_es="")

    def found(**filters):
        data = group_list.QueryDict(mutable=True)
        data.update(filters)
        form = group_list.GroupFilterForm(data, user=office)
        return group_list.rows_of(group_list.found(GroupMessage.objects.visible_to(office), form))

    assert is_as_written("group_list", whole(found(sort="state")))
    assert [row.opening for row in found(q="cafe nine")] == [row.opening for row in found(q="Ada")] == ["Café at nine."]
    assert [row.opening for row in found(author=other.code)] == ["Café at nine."]
    for state in group_list.STATES:
        assert {row.state for row in found(state=state)} == {str(group_list.STATES[state][0])}
    form = group_list.GroupFilterForm(group_list.QueryDict(""), user=office)
    assert [str(label) for _key, label in form.fields["author"].choices] == ["all", "Ada Other", "Dana Office"]
    group_list.record_download(query="q=x", rows=3, by=office)
    event = Event.objects.get(action="group_message.download")
    assert (event.by, event.target_id, event.changes) == (office, office.pk, {"query": "q=x", "rows": 3})


# --- One student -------------------------------------------------------------------------------------


def test_everything_that_a_student_agreed_to_and_who_got_what(office):
    placement = PlacementFactory(returned=True, application__student__full_name="Mari Reyes")
    application, student = placement.application, placement.application.student
    TravelAnswers.objects.create(application=application, answers={}, advisor=UserFactory(full_name="Ada Advisor"))
    consent.agree("+12135550123", how="page", by=student, user=student)
    consent.agree("+12135550124", how="page", by=student, user=student)
    consent.stop("+12135550124", how="text", by=student)
    HelpSessionFactory(application=application, helper=UserFactory(full_name="Hana Helper"), ended=True)
    HelpSessionFactory(application=application, helper=UserFactory(full_name="Hal Helper"), granted=True)
    told(quoted(placement, text="The sea."), text="The sea.")
    agreed(placement, mentoring=False)
    for kind in Disclosure.Kind:
        Disclosure.objects.create(application=application, kind=kind, by=office, on=in_days(-1))
    found = sorted(sharing.agreements_of(student), key=lambda each: (each.what, each.recipient))
    assert is_as_written("agreements", whole(found))
    since = [each.since for each in sharing.agreements_of(student)]
    assert since == sorted(since, reverse=True)
    for_office = {each.recipient for each in sharing.agreements_of(student, for_office=True)}
    assert {each.recipient for each in found} - for_office == {"Ada Advisor"}
    assert is_as_written("given", whole(sorted(sharing.given_of(student), key=lambda each: each.what)))
    assert sharing.afterward_of(student) == [application]


def test_what_is_owed_of_one_student_by_where_they_stand(office):
    cycle = CycleFactory(ready=True, endorsements_due_on=in_days(20))
    rows = {
        "returned": ApplicationFactory(cycle=cycle, returned=True),
        "unsigned": ApplicationFactory(cycle=cycle, submitted=True, signed=False),
        "submitted": ApplicationFactory(cycle=cycle, submitted=True),
        "no day": ApplicationFactory(cycle=CycleFactory(endorsements_due_on=None), submitted=True),
        "endorsed": ApplicationFactory(cycle=cycle, submitted=True, endorsed=True),
        "selected": OfferFactory().application,
        "draft": ApplicationFactory(cycle=cycle),
        "confirmed": ApplicationFactory(cycle=cycle, confirmed=True),
    }
    dates = {"documents_by": in_days(30), "apply_by": in_days(40), "in_hand_by": in_days(90)}
    placement = PlacementFactory(trip__leaves_on=in_days(160), trip__returns_on=in_days(170))
    PassportCaseFactory(placement=placement, stage=PassportStage.GATHERING, last_safe_on=in_days(50), **dates)
    rows["on the way"] = placement.application
    found = {}
    for name, application in rows.items():
        said = peek.peek_of(type(application).objects.get(pk=application.pk), office)
        found[name] = {"owed": said["owed"], "slack": said["slack"], "history": said["can_open_history"]}
    assert is_as_written("owed", whole(found))


def test_what_happened_with_one_student_and_in_one_cycle(office):
    cycle = CycleFactory(ready=True)
    item = ChecklistItemFactory(placement__trip__cycle=cycle, placement__application__cycle=cycle)
    application = item.placement.application
    student = application.student
    type(student).objects.filter(pk=student.pk).update(full_name="Mari Reyes", preferred_name="")
    thread = Thread.objects.create(student=student, addressee="office", application=application)
    acts = [
        ("application.submit", application, student, {}),
        ("application.withdraw_for", application, office, {"reason": "They called."}),
        ("thread.ask", thread, student, {}),
        ("placement.move", item.placement, None, {"changes": {"is_asked": True}}),
        ("placement.place", item.placement, office, {"reason": "First choice.", "changes": {"reason_es": "Primera."}}),
        ("checklist.mark_done", item, student, {}),
        ("passport.choose_advisor", application, student, {}),
        ("nobody.knows", application, student, {}),
        ("trip.add", item.placement.trip, office, {}),
        ("setup.save_dates", cycle, office, {}),
        ("selection.release", cycle, office, {}),
        ("setup.save_dates", CycleFactory(), office, {}),
    ]
    before = set(Event.objects.values_list("pk", flat=True))
    for action, row, by, more in acts:
        audit.record(action, row, by=by, **more)

    def told_in(lines):
        return [(line.event.action, line.label, line.reason, line.about, line.href) for line in lines]

    mine = [each for each in activity.of_student(student) if each.pk not in before]
    assert is_as_written("activity_of_student", whole(told_in(activity.lines_of_student(mine))))
    stretch = activity.of_cycle(cycle, office)
    events = [each for each in stretch.events if each.pk not in before]
    assert is_as_written("activity_of_cycle", whole(told_in(activity.lines_of_cycle(events))))
    assert stretch.older is None
    older = activity.of_cycle(cycle, office, before=events[0].pk).events
    assert older == stretch.events[1:]
    assert activity.of_cycle(cycle, student).events != stretch.events


def test_a_text_is_called_as_the_email_beside_it_or_as_a_text(office):
    student, now = ApplicationFactory(submitted=True).student, timezone.now()
    row = {"recipient": student, "language": "en", "body": "x", "queued_at": now}
    for template in ("a", "b"):
        Message.objects.create(**row, channel="text", address="+12135550134", template=template)
    email = {"channel": "email", "address": "a@example.org", "subject": "Your spot"}
    Message.objects.create(**row, **email, template="a")
    Message.objects.create(**row, **email, template="c", is_secret=True)
    found = {(each.message.template, each.message.channel): each.what for each in activity.sent_to(student, office)}
    assert found == {("a", "email"): "Your spot", ("a", "text"): "Your spot", ("b", "text"): "Text message"}


def test_a_long_log_is_read_in_stretches(office, monkeypatch):
    cycle = CycleFactory(ready=True)
    application = ApplicationFactory(cycle=cycle, submitted=True)
    made = [audit.record("application.submit", application, by=office) for _each in range(7)]
    newest = made[::-1]
    monkeypatch.setattr(activity, "LINES", 3)
    stretch = activity.of_cycle(cycle, office)
    assert (stretch.events, stretch.older) == (newest[:3], newest[2].pk)
    stretch = activity.of_cycle(cycle, office, stretch.older)
    assert stretch.events == newest[3:6]
    monkeypatch.setattr(activity, "LINES", 50)
    monkeypatch.setattr(activity, "AT_ONCE", 4)
    stretch = activity.of_cycle(cycle, office)
    assert (stretch.events, stretch.older) == (newest[:4], newest[3].pk)


# --- Numbers and rules -------------------------------------------------------------------------------


def test_what_a_change_of_each_kind_of_row_reaches(office):
    city = PartnerCityFactory()
    trip = TripFactory(city=city, cycle=CycleFactory(ready=True))
    placements = [PlacementFactory(trip=trip) for _each in range(2)]
    PlacementFactory()
    for placement in placements:
        PassportCaseFactory(placement=placement, stage=PassportStage.GATHERING)
    ApplicationFactory(cycle=trip.cycle), ApplicationFactory(cycle=trip.cycle, submitted=True)
    ApplicationFactory(cycle=CycleFactory(closed_out_at=timezone.now(), closed=True), submitted=True)
    keys = ("passport.days.routine", "passport.fee.application", "program.shop", "review.shop", "retention.shop")
    keys += ("survey.shop", "message.shop", "facility.shop", "reminder.closing_days_first", "roster.days_after")
    found = {}
    for key in keys:
        fact = Fact.objects.filter(key=key).first() or FactFactory(key=key, value=7)
        found[key] = reference_reach.reach(fact)
    found["entry"] = reference_reach.reach(EntryRuleFactory(city=city))
    found["guidance"] = reference_reach.reach(GuidanceFactory())
    found["paper"] = reference_reach.reach(GuidanceFactory(topic="paper", key="other"))
    rule = HealthRule(key="x", city=city)
    found["health"] = reference_reach.reach(rule)
    rule.city = None
    found["health anywhere"] = reference_reach.reach(rule)
    assert is_as_written("reach", whole(found))


@pytest.mark.parametrize(
    ("key", "unit", "least", "most"),
    [
        ("shop.days", "days", 1, 36_500),
        ("shop.months", "months", 1, 1_200),
        ("shop.percent", "percent", 1, 100),
        ("shop.fee", Fact.Unit.DOLLARS, 0, 100_000),
        ("message.quiet_from", "count", 0, 23),
        ("text.country.vn", "count", 0, 1),
        ("checklist.shop", "days", 0, 36_500),
        ("shop.count", "count", 1, 10_000_000),
    ],
)
def test_a_number_has_its_least_and_its_most(key, unit, least, most):
    fact = Fact(key=key, unit=unit)
    said = f"Enter a number from {least:,} to {most:,}."
    for value, words in ((least - 1, said), (least, ""), (most, ""), (most + 1, said)):
        assert reference_bounds.problem(fact, reference_bounds.Decimal(value)) == words
    half = reference_bounds.problem(fact, reference_bounds.Decimal(least) + reference_bounds.Decimal("0.5"))
    assert half == ("" if unit in reference_bounds.BROKEN else "Enter a whole number.")


def test_numbers_that_belong_together_keep_their_order():
    low, high = (Fact.objects.get(key=f"check_in.{name}_minutes") for name in ("text_again", "email"))
    number = reference_bounds.Decimal
    assert reference_bounds.problem(low, number(high.value)) == "" == reference_bounds.problem(high, number(low.value))
    words = f"This can’t be more than “{high.label}”, which is {high.number}. Change that one first."
    assert reference_bounds.problem(low, number(high.value + 1)) == words
    words = f"This can’t be less than “{low.label}”, which is {low.number}. Change that one first."
    assert reference_bounds.problem(high, number(low.value - 1)) == words


def test_every_rule_of_the_committee_in_a_cycle(office):
    cycle = CycleFactory(ready=True, seats=24, reads_each=3, readings_due_on=in_days(30), decisions_on=in_days(40))
    lever = cycle.levers.first()
    Reserve.objects.create(cycle=cycle, lever=lever, seats=5, reason="As agreed.", set_by=office)
    about = {"by": office, "target_model": "applications.cycle", "target_id": cycle.pk}
    for days, action, changes in (
        (4, "setup.save_basics", {"fields": ["seats"]}),
        (3, "setup.save_dates", {"decisions_on": "x"}),
        (2, "committee.change_lever", {"lever": lever.kind}),
        (5, "committee.save_reserves", {}),
        (6, "setup.save_criterion", {}),
    ):
        Event.objects.create(action=action, changes=changes, at=timezone.now() - dt.timedelta(days=days), **about)
    [(found, rules)] = committee_rules.of_each_cycle(office)
    assert found == cycle and is_as_written("committee", whole(rules))


def test_what_reminders_of_each_number_of_days_say(office):
    cycle = CycleFactory(
        ready=True,
        closes_at=at_noon(20),
        endorsements_due_on=in_days(20),
        readings_due_on=in_days(30),
    )
    ApplicationFactory(cycle=cycle)
    OfferFactory(answer_by=at_noon(9))
    ApplicationFactory(cycle=cycle, returned=True)
    RecommendationFactory(
        asked=True, application=ApplicationFactory(cycle=cycle, submitted=True), requested_at=at_noon(-2)
    )
    advisor = UserFactory(advisor=True)
    AssignmentFactory(application=ApplicationFactory(cycle=cycle, submitted=True, college=advisor.roles.get().college))
    InterviewFactory(application=ApplicationFactory(cycle=cycle, submitted=True), book_by=at_noon(6))
    type(cycle).objects.filter(pk=cycle.pk).update(has_interviews=True)
    trip = TripFactory(cycle=cycle)
    placement = PlacementFactory(trip=trip, checklist=True)
    placement.checklist_items.update(do_by=in_days(30))
    for number, trips in enumerate(([], [trip], [TripFactory(cycle=cycle)])):
        session = OrientationSession.objects.create(
            cycle=cycle, starts_at=at_noon(10), minutes=90, place=f"Hall {number}", zone="UTC", planned_by=office
        )
        session.trips.set(trips)
    visit = PassportDayFactory(on=in_days(10), slots=[2])
    booked(visit.slots.get(), placement.application)
    link = SigningLinkFactory(sent_at=at_noon(-2))
    FormTextFactory(cycle=link.placement.trip.cycle, needs_guardian=True)
    SurveyItem.objects.create(cycle=cycle, key="degree", order=1, text_en="A", text_es="A")
    AgreementFactory(ends_on=in_days(200))
    found = {key: reminders.preview(key, 3) for key in sorted(reminders.keys())}
    assert is_as_written("reminders", whole(found))
