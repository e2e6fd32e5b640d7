"""What the director can say aloud today: true in both languages, an alarm first, and never how many or who."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from exchange.figures.counts import Range
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import travel_facts
from tests.travel.abroad.check_ins import leader_of, traveler, trip_away
from tests.travel.abroad.test_roll_call import one_tap
from tests.travel.outcomes_rows import threshold
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as actions
from travel.abroad.actions import roll_call as roll_calls
from travel.models import RollCallTap
from travel.outcomes.alarms import Alarm, alarms
from travel.outcomes.alarms import Line as Step
from travel.outcomes.now import Applying, Danger, Line, Money, Now
from travel.outcomes.today import today
from travel.outcomes.trips import TripSeen, trips_seen

WORDS = {"why_en": "A storm.", "why_es": "Una tormenta."}
NOON = dt.datetime(2027, 6, 16, 12, tzinfo=dt.UTC)
CYCLES = {code: SimpleNamespace(name=code.title()) for code in ("winter", "summer")}


def seen(city, went=0, *, asked=False, everyone=True, missing=False, code=""):
    """A group that is away if anybody went, else one that gets ready."""
    return TripSeen(
        code=code or city[:1],
        cycle="summer",
        city=SimpleNamespace(name=city),
        leaves_on=NOON.date(),
        seats=went,
        went=went,
        is_away=went > 0,
        is_ahead=not went,
        is_undecided=False,
        is_asked=asked or missing,
        everyone_asked=everyone,
        is_missing=missing,
    )


def alarm(trip, *, caller="", roll_call=False):
    return Alarm(trip, NOON, dt.UTC, roll_call, caller, (), ())


def said(trips=(), open_alarms=(), **now):
    found = Now(NOON, **now) if now else None
    answer = today(SimpleNamespace(trips=trips, threshold=11), open_alarms, found, CYCLES)
    return [answer.first, *answer.rest] if answer.first else []


def test_nothing_is_said_of_nothing():
    assert said() == said(waiting={}) == []


# --- Who is abroad ----------------------------------------------------------------------------------


def test_everyone_is_accounted_for_only_if_everyone_was_asked():
    assert said([seen("Hanoi", 24, asked=True), seen("Paris", 20, asked=True)]) == [
        "All 44 students abroad are accounted for."
    ]
    assert said([seen("Hanoi", 1, asked=True)]) == ["The 1 student abroad is accounted for."]
    assert said([seen("Hanoi", 24), seen("Paris", 20)]) == ["44 students are in Hanoi and Paris today."]
    assert said([seen("Hanoi", 24, asked=True), seen("Paris", 20, everyone=False)]) == [
        "Everyone in Hanoi is accounted for.",
        "20 students are in Paris today.",
    ]
    assert said([seen("Hanoi", 24, asked=True, everyone=False)]) == [
        "Everyone in Hanoi whom we asked is accounted for; others there weren’t asked."
    ]


def test_an_alarm_is_first_and_says_who_calls_and_never_how_many():
    hanoi, paris = seen("Hanoi", 24, missing=True), seen("Paris", 20, asked=True)
    assert said([hanoi, paris], [alarm(hanoi, caller="Ruth Abebe")]) == [
        "Not everyone in Hanoi is accounted for yet, and Ruth Abebe is calling.",
        "Everyone in Paris is accounted for.",
    ]
    assert said([hanoi], [alarm(hanoi)]) == ["Not everyone in Hanoi is accounted for yet."]
    assert said([hanoi], [alarm(hanoi, roll_call=True)]) == ["The roll call in Hanoi is still open."]


def test_two_groups_in_one_city_make_one_sentence():
    two = [seen("Hanoi", 12, missing=True), seen("Hanoi", 12, missing=True, code="X")]
    assert said(two, [alarm(each) for each in two]) == ["Not everyone in Hanoi is accounted for yet."]


# --- Applications, passports, money -----------------------------------------------------------------


def applying(points, before=None, *, week=3, is_year_before=True):
    earlier = Line("summer", before, 9) if before else None
    return Applying(Line("winter", points, 9), week, NOON.date(), earlier, is_year_before)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (applying([(0, 0)]), "Fewer than 11 students had applied for Winter by Wed, Jun 16."),
        (applying([(0, 0), (3, 96)]), "96 students had applied for Winter by Wed, Jun 16."),
        # up to ten more came since the last point
        (applying([(0, 0), (2, 96)]), "At least 96 students had applied for Winter by Wed, Jun 16."),
        (
            applying([(0, 0), (3, 96)], [(0, 0), (3, 71), (4, 90)]),
            "96 students had applied for Winter by Wed, Jun 16, 25 more than a year before.",
        ),
        (
            applying([(0, 0), (3, 96)], [(0, 0), (3, 97)], is_year_before=False),
            "96 students had applied for Winter by Wed, Jun 16, 1 fewer than Summer had after 3 weeks.",
        ),
        (
            applying([(0, 0), (3, 96)], [(0, 0), (3, 96)]),
            "96 students had applied for Winter by Wed, Jun 16, as many as a year before.",
        ),
        (
            applying([(0, 0), (3, 96)], [(0, 0), (2, 86)]),
            "96 students had applied for Winter by Wed, Jun 16, about as many as a year before.",
        ),
        (
            applying([(0, 0), (2, 85)], [(0, 0), (3, 96)]),
            "At least 85 students had applied for Winter by Wed, Jun 16, fewer than a year before.",
        ),
    ],
)
def test_applications_are_said_as_they_are_known(found, sentence):
    assert said(applying=found) == [sentence]


def test_passports_and_money():
    trips = [seen("Tokyo"), seen("Hanoi"), seen("Paris"), seen("Giza")]
    dangers = [
        Danger("T", Range(1, 21), 22),
        Danger("H", Range(1, 1), 12),
        Danger("P", Range(12, 12), 30),
        Danger("G", Range(0, 0), 11),
    ]
    money = (Money("T", "", 257_400_00, 188_200_00, False),)
    assert said(trips, dangers=tuple(dangers), money=money) == [
        "For Tokyo, some of 22 passports are in danger.",
        "For Hanoi, 1 of 12 passports is in danger.",
        "1 more group has passports in danger.",
        "We’ve spent $188,200 of the $257,400 planned for Summer.",
    ]
    assert said(trips, dangers=tuple(dangers[3:])) == ["No passport is in danger."]


def test_the_same_in_spanish():
    hanoi, paris = seen("Hanói", 24, missing=True), seen("París", 20, asked=True)
    with translation.override("es"):
        found = said(
            [hanoi, paris, seen("Tokio")],
            [alarm(hanoi, caller="Ruth Abebe")],
            applying=applying([(0, 0), (2, 96)], [(0, 0), (3, 71)]),
            dangers=(Danger("T", Range(1, 21), 22),),
            money=(Money("T", "", 257_400_00, 188_200_00, False),),
        )
    assert found == [
        "Todavía falta localizar a alguien en Hanói, y Ruth Abebe está llamando.",
        "Se sabe de todos en París.",
        "Al menos 96 estudiantes habían enviado su solicitud para Winter hasta el mié 16 de jun, más que un año antes.",
        "Para Tokio, están en riesgo algunos de 22 pasaportes.",
        "Hemos gastado $188,200 de los $257,400 previstos para Summer.",
    ]


# --- The alarm on the page --------------------------------------------------------------------------


@pytest.fixture
def facts(db):
    application_facts(), travel_facts()
    threshold(11)


def page(client) -> str:
    return " ".join(client.get(reverse("travel:outcomes")).text.split())


def test_the_alarm_says_what_was_done_who_calls_and_what_comes_next(facts, sign_in):
    trip = trip_away()
    people = [traveler(trip, number) for number in range(1, 4)]
    ruth = leader_of(trip)
    mayor = sign_in(UserFactory(director=True))
    assert alarms(trips_seen()) == []
    check_in = actions.start(people, kind="real", by=UserFactory(coordinator=True), **WORDS)
    first, second, third = check_in.people.order_by("pk")
    actions.note(first, Said.SEEN, by=ruth)
    (found,) = alarms(trips_seen())
    assert [(line.text, line.is_now) for line in found.lines] == [
        ("Check-in started", False),
        ("Texts sent", False),
        ("Next: second text, to those who hadn’t answered", False),
    ]
    actions.take(third, by=ruth)
    text = page(mayor)
    heading = f"Not everyone in {trip.city} is accounted for yet, and {ruth} is calling."
    assert f'id="today">{heading}</h1>' in text and f"{ruth} is calling</span>" in text
    assert "tel:+12135550199" in text and "You don’t need to do anything." in text
    # neither who nor how many
    assert not [each for each in ("Traveler 00", "2 of 3", "1 of 3") if each in text]
    for row in (second, third):
        actions.note(row, Said.SEEN, by=ruth)
    assert alarms(trips_seen()) == [] and "All 3 students abroad are accounted for." in page(mayor)


def test_what_was_done_first_is_folded_and_nothing_is_left_out():
    lines = [Step(str(number)) for number in range(7)]
    for size in range(8):
        alarm = Alarm(None, None, None, False, "", tuple(lines[:size]), ())
        assert [*alarm.earlier, *alarm.latest] == lines[:size]
        assert len(alarm.earlier) != 1 and (len(alarm.latest) == 3 or not alarm.earlier)


def test_a_roll_call_alone_is_an_alarm_until_they_are_found(facts, sign_in):
    trip = trip_away()
    lost = traveler(trip, 1)
    roll_calls.take(trip, [one_tap(lost, is_here=False)], by=None, name="Ruth Abebe")
    since = RollCallTap.objects.get().at
    (found,) = alarms(trips_seen())
    assert (found.is_roll_call, found.since, found.caller) == (True, since, "")
    assert [line.text for line in found.lines] == [
        "Roll call: not everyone was there",
        "The leaders and the exchange team are looking",
    ]
    assert f"The roll call in {trip.city} is still open." in page(sign_in(UserFactory(director=True)))
    roll_calls.take(trip, [one_tap(lost, over="missing")], by=None, name="Ruth Abebe")
    assert alarms(trips_seen()) == []


def test_each_group_has_an_alarm_of_its_own(facts):
    office = UserFactory(coordinator=True)
    for number, ago in ((1, 50), (2, 5)):
        trip = trip_away()
        check_in = actions.start([traveler(trip, number)], kind="real", by=office, **WORDS)
        check_in.started_at = timezone.now() - dt.timedelta(minutes=ago)
        check_in.save()
    first, second = alarms(trips_seen())
    assert first.trip.code != second.trip.code
    assert sorted(round((timezone.now() - each.since).total_seconds() / 60) for each in (first, second)) == [5, 50]


def test_a_drill_is_no_alarm(facts):
    trip = trip_away()
    actions.start([traveler(trip)], kind="drill", by=UserFactory(coordinator=True), **WORDS)
    assert alarms(trips_seen()) == []


def test_what_is_copied_has_its_time_and_the_other_language_is_one_tap_away(facts, sign_in):
    trip_away()
    traveler(trip := trip_away(), 1)
    text = page(sign_in(UserFactory(director=True)))
    now = timezone.localtime()
    assert f"1 student is in {trip.city} today. ({now:%a, %b} {now.day}," in text.replace("  ", " ")
    assert '<details lang="es">' in text and f"Hoy hay 1 estudiante en {trip.city.name_es}." in text
