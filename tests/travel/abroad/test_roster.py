"""The leader's roster: by sign-in, or by a link with a code; what it shows, who opens it, and who reads that."""

import datetime as dt
import re
import time
from itertools import count

import brotli
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.guests.links import follow
from exchange.models import AccessRecord, Message
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import (
    ContactFactory,
    HelpNumberFactory,
    InsurancePolicyFactory,
    LeaderLinkFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from tests.travel.abroad.check_ins import leader_of, traveler, trip_away
from travel.abroad.actions import leader_link, roll_call
from travel.abroad.leading import Leading, own
from travel.models import (
    Contact,
    EmergencyContact,
    LeaderLink,
    PracticalNeeds,
    RollCall,
    Room,
    RoomPlan,
    RoomSeat,
    Trip,
)
from travel.placement.actions import trip_course
from travel.prepare.needs.opening import looks_at

pytestmark = pytest.mark.django_db

NUMBERS = count(500)
MOTHER = {
    "name": "Elena Ruiz",
    "relation": "parent",
    "relation_words": "",
    "phone": "+12135550177",
    "language": "es",
    "language_words": "",
    "knows": True,
}
NEEDS = {
    "parts": ["food", "health"],
    "diet": ["halal"],
    "access": [],
    "support": "",
    "medicines": "Insulin, in my bag.",
    "health": "",
}


@pytest.fixture(autouse=True)
def facts(db):
    application_facts(), travel_facts()


@pytest.fixture
def trip():
    return trip_away()


@pytest.fixture
def link(trip):
    return LeaderLinkFactory(trip=trip)


def told(trip, **more):
    """A traveler who has said whom to call and what they need."""
    placement = traveler(trip, next(NUMBERS), **more)
    EmergencyContact.objects.create(placement=placement, number=1, said=MOTHER)
    PracticalNeeds.objects.create(placement=placement, needs=NEEDS)
    return placement


def page(name, key, **more):
    return reverse(f"travel:{name}", kwargs={"key": key, **more})


def code_in(message) -> str:
    return re.search(r"\b\d{6}\b", message.body)[0]


def entered(link, client=None):
    """A phone on which the link's code was typed."""
    client = client or Client()
    client.post(page("roster-code", link.link), {"send": "1"})
    code = code_in(Message.objects.filter(template="travel/leader_code").latest("pk"))
    assert client.post(page("roster-code", link.link), {"code": code}).status_code == 302
    return client


# --- The link ------------------------------------------------------------------------------------------


def test_office_makes_sends_and_ends_a_link(trip, sign_in):
    named = {"name": "Rosa Lim", "phone": "+1 213 555 0111", "email": "rosa@example.gov", "language": "en"}
    contact = ContactFactory(host=None, trip=trip, **named)
    office, links = sign_in(UserFactory(coordinator=True)), reverse("travel:trip-abroad", args=[trip.code])
    assert links in office.get(trip.get_absolute_url()).text

    office.post(reverse("travel:leader-link-make", args=[contact.code]))
    link = LeaderLink.objects.get()
    assert link.link in office.get(links).text
    message = Message.objects.get(template="travel/leader_link")
    assert message.address == "rosa@example.gov" and link.link in message.body

    phone = entered(link)
    assert phone.get(page("roster", link.link)).status_code == 200
    office.post(reverse("travel:leader-link-end", args=[link.code]))
    closed = phone.get(page("roster", link.link))
    assert closed.status_code == 410 and "ended this link" in closed.text
    office.post(reverse("travel:leader-link-make", args=[contact.code]))
    assert phone.get(page("roster", link.link)).status_code == 404


def test_a_link_needs_a_phone_for_its_code(trip):
    contact = ContactFactory(host=None, trip=trip, phone="")
    with pytest.raises(RuleViolation) as refused:
        leader_link.make(contact, by=UserFactory(coordinator=True))
    assert refused.value.code == "no_phone" and not LeaderLink.objects.exists()


def test_link_alone_opens_nothing(link):
    told(link.trip)
    phone = Client()
    for name in ("roster", "roster-people", "roll-call", "roll-call-taps", "group-departure", "roster-keep"):
        answer = phone.get(page(name, link.link))
        assert answer.status_code == 302 and answer.url == page("roster-code", link.link)
    assert phone.post(page("roll-call-taps", link.link), "{}", content_type="application/json").status_code == 302


def test_the_code_goes_to_the_leaders_phone_works_once_and_only_on_that_phone(link):
    phone = entered(link)
    text = Message.objects.get(template="travel/leader_code")
    assert text.address == "+12135550111" and text.channel == "text" and text.is_secret
    assert phone.get(page("roster", link.link)).status_code == 200
    other = Client()
    answer = other.post(page("roster-code", link.link), {"code": code_in(text)})
    assert answer.status_code == 200 and "isn’t the code" in answer.text
    assert other.get(page("roster", link.link)).status_code == 302


def test_guesses_and_texts_have_limits(link):
    phone = Client()
    phone.post(page("roster-code", link.link), {"send": "1"})
    code = code_in(Message.objects.get())
    for _guess in range(5):
        phone.post(page("roster-code", link.link), {"code": "000000" if code != "000000" else "111111"})
    assert phone.post(page("roster-code", link.link), {"code": code}).status_code == 200
    phone.post(page("roster-code", link.link), {"send": "1"})
    assert "ask again in 1 min" in phone.post(page("roster-code", link.link), {"send": "1"}).text
    assert Message.objects.count() == 2


def wrong_one(code):
    return "000000" if code != "000000" else "111111"


def test_who_guesses_is_locked_and_the_leader_is_not(link):
    leader, guesser = Client(REMOTE_ADDR="192.0.2.1"), Client(REMOTE_ADDR="198.51.100.9")
    leader.post(page("roster-code", link.link), {"send": "1"})
    code = code_in(Message.objects.get())
    for _guess in range(40):
        answer = guesser.post(page("roster-code", link.link), {"code": wrong_one(code)})
    assert "too many wrong codes on this network" in answer.text
    assert "isn’t the code" not in guesser.post(page("roster-code", link.link), {"code": code}).text  # not compared
    assert guesser.get(page("roster", link.link)).status_code == 302
    link.refresh_from_db()
    assert link.wrong_codes == 5
    assert leader.post(page("roster-code", link.link), {"code": code}).status_code == 302
    assert leader.get(page("roster", link.link)).status_code == 200


def test_the_guesses_of_all_networks_together_are_bounded(link):
    Client().post(page("roster-code", link.link), {"send": "1"})
    code = code_in(Message.objects.get())
    for number in range(8):
        guesser = Client(REMOTE_ADDR=f"198.51.100.{number}")
        for _guess in range(5):
            guesser.post(page("roster-code", link.link), {"code": wrong_one(code)})
    assert Client(REMOTE_ADDR="192.0.2.1").post(page("roster-code", link.link), {"code": code}).status_code == 200


def test_who_asks_again_and_again_leaves_the_leader_a_code_that_works(link):
    """Every text goes to the leader's phone, and while one has to wait, the last code works."""
    begins = timezone.now()
    asker, leader = Client(REMOTE_ADDR="198.51.100.9"), Client(REMOTE_ADDR="192.0.2.1")
    for minute in range(0, 240, 4):
        with time_machine.travel(begins + dt.timedelta(minutes=minute), tick=False):
            answer = asker.post(page("roster-code", link.link), {"send": "1"})
    assert "This network has asked for too many codes" in answer.text
    assert Message.objects.count() == 5
    with time_machine.travel(begins + dt.timedelta(minutes=241), tick=False):
        leader.post(page("roster-code", link.link), {"send": "1"})
        assert Message.objects.count() == 6
        code = code_in(Message.objects.latest("pk"))
        assert leader.post(page("roster-code", link.link), {"code": code}).status_code == 302


def test_who_uses_up_the_days_codes_from_many_networks_leaves_the_leader_the_last_one(link):
    """It was texted to the leader, and it works until another one can be, also beyond its ten minutes."""
    begins = timezone.now()
    for number in range(12):
        with time_machine.travel(begins + dt.timedelta(minutes=number * 12), tick=False):
            asker = Client(REMOTE_ADDR=f"198.51.100.{number}")
            answer = asker.post(page("roster-code", link.link), {"send": "1"})
    assert "The last one still works" in answer.text
    codes = [code_in(each) for each in Message.objects.filter(template="travel/leader_code").order_by("pk")]
    assert len(codes) == 15 // 2
    with time_machine.travel(begins + dt.timedelta(hours=20), tick=False):
        leader = Client(REMOTE_ADDR="192.0.2.1")
        assert leader.post(page("roster-code", link.link), {"code": codes[-2]}).status_code == 200
        assert leader.post(page("roster-code", link.link), {"code": codes[-1]}).status_code == 302
        assert Client().post(page("roster-code", link.link), {"code": codes[-1]}).status_code == 200  # once
        assert Client().post(page("roster-code", link.link), {"send": "1"}).status_code == 302  # counted anew


def test_the_days_last_code_ends_with_its_day_and_resists_guesses(link):
    LeaderLink.objects.update(codes_sent=6, code_sent_at=timezone.now() - dt.timedelta(hours=1))
    Client().post(page("roster-code", link.link), {"send": "1"})
    code = code_in(Message.objects.get())
    LeaderLink.objects.update(code_sent_at=timezone.now() - dt.timedelta(hours=25))
    assert Client().post(page("roster-code", link.link), {"code": code}).status_code == 200
    LeaderLink.objects.update(code_sent_at=timezone.now() - dt.timedelta(hours=3), wrong_codes=leader_link.GUESSES)
    assert Client().post(page("roster-code", link.link), {"code": code}).status_code == 200
    LeaderLink.objects.update(wrong_codes=0)
    assert Client().post(page("roster-code", link.link), {"code": code}).status_code == 302


def test_while_a_code_has_to_wait_the_last_one_works(settings):
    assert leader_link.LONGEST <= settings.CODE_MINUTES * 60


def test_a_code_and_its_session_end(link):
    phone = Client()
    phone.post(page("roster-code", link.link), {"send": "1"})
    code = code_in(Message.objects.get())
    LeaderLink.objects.update(code_sent_at=timezone.now() - dt.timedelta(minutes=11))
    assert phone.post(page("roster-code", link.link), {"code": code}).status_code == 200

    LeaderLink.objects.update(code_sent_at=None, code_mark="", codes_sent=0)
    entered(link, phone)
    session = phone.session
    session["leader_links"] = {link.code: session["leader_links"][link.code] - 13 * 3600}
    session.save()
    assert phone.get(page("roster", link.link)).status_code == 302


def test_signing_out_asks_for_a_code_again(link):
    phone = entered(link)
    phone.post(page("roster-leave", link.link))
    assert phone.get(page("roster", link.link)).status_code == 302


# --- What it shows ---------------------------------------------------------------------------------------


def test_leader_reads_contacts_needs_and_phones_and_the_student_reads_that(trip, sign_in):
    placement = told(trip, way="local")
    text = sign_in(leader_of(trip)).get(page("roster-people", trip.code)).text
    for words in ("Elena Ruiz", "+1 213-555-0177", "Halal", "Insulin, in my bag.", str(placement.application.student)):
        assert words in text
    assert placement.reachability.phone.as_international in text
    [look] = looks_at(placement)
    assert (look.who, look.what_for) == ("a leader of your trip", "for the list that the trip’s leaders carry")
    assert AccessRecord.objects.get(student=placement.application.student).role == "leader"


def test_rooms_and_groups_are_on_the_list_once_they_are_published(trip, link, sign_in):
    placement = told(trip)
    for kind in ("room", "group"):
        room = Room.objects.create(trip=trip, kind=kind, number=3, beds=2)
        RoomSeat.objects.create(room=room, placement=placement, kind=kind)
    plan, client = RoomPlan.objects.create(trip=trip), sign_in(leader_of(trip))
    assert "Room 3" not in client.get(page("roster-people", trip.code)).text
    plan.published_at, plan.published_by = timezone.now(), UserFactory(coordinator=True)
    plan.save()
    assert "Room 3 · Group 3" in client.get(page("roster-people", trip.code)).text
    assert "Room 3 · Group 3" in entered(link).post(page("roster-keep", link.link)).json()["html"]


def test_opening_by_link_is_recorded_with_the_leaders_name(link):
    placement = told(link.trip)
    phone = entered(link)
    assert "Elena Ruiz" in phone.get(page("roster-people", link.link)).text
    phone.post(page("roster-keep", link.link))
    assert [look.who for look in looks_at(placement)] == ["a leader of your trip"] * 2


def test_signed_in_leader_proves_who_they_are_first(trip, sign_in, monkeypatch):
    told(trip)
    client = sign_in(leader_of(trip))
    monkeypatch.setattr("exchange.web.proofs.is_fresh", lambda request: False)
    answer = client.get(page("roster-people", trip.code))
    assert answer.status_code == 302 and "reauthenticate" in answer.url


def test_others_see_nothing(trip, sign_in):
    placement = told(trip)
    other_leader = leader_of(TripFactory())
    advisor = UserFactory(advisor=placement.application.college)
    for user in (placement.application.student, advisor, UserFactory(director=True), other_leader):
        for name in ("roster", "roster-people", "roll-call", "roll-call-taps", "roster-keep"):
            assert sign_in(user).get(page(name, trip.code)).status_code == 404
    assert not looks_at(placement)


def test_a_former_leader_reads_why_it_is_closed(trip, sign_in):
    told(trip)
    account = leader_of(trip)
    client = sign_in(account)
    assert client.get(page("roster-people", trip.code)).status_code == 200
    trip.leaders.all().delete()
    answer = client.get(page("roster-people", trip.code))
    assert answer.status_code == 410 and "no longer a leader of this trip" in answer.text
    assert "Elena" not in answer.text
    never = leader_of(trip, "Never Opened")
    trip.leaders.all().delete()
    assert sign_in(never).get(page("roster-people", trip.code)).status_code == 404


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_former_leader_with_a_link_reads_why_it_is_closed(link, is_kept):
    phone = entered(link)
    if is_kept:
        Contact.objects.update(trip=None, candidate_for=link.trip)
    else:
        link.contact.delete()
    answer = phone.get(page("roster", link.link))
    assert answer.status_code == 410 and "no longer a leader of this trip" in answer.text


def test_two_days_after_the_return_it_is_closed_and_a_delay_moves_that(link, sign_in):
    account = leader_of(link.trip)
    Trip.objects.filter(pk=link.trip_id).update(
        leaves_on=in_days(-13), returns_on=in_days(-3), departed_at=timezone.now() - dt.timedelta(days=13)
    )
    follow(Trip.objects.get())
    assert Client().get(page("roster-code", link.link)).status_code == 410
    assert "This trip is over" in sign_in(account).get(page("roster-people", link.trip.code)).text
    trip_course.delay(Trip.objects.get(), until=in_days(0), reason="Storm.", by=account)
    assert Client().get(page("roster-code", link.link)).status_code == 200


def test_the_roster_of_a_canceled_trip_is_closed_and_says_so(link, sign_in):
    placement, account = told(link.trip), leader_of(link.trip)
    phone, client = entered(link), sign_in(account)
    copy = client.post(page("roster-keep", link.trip.code)).json()["alive"]
    closed = {"closed_at": timezone.now(), "closed_by": account, "closed_reason": "A storm."}
    Trip.objects.update(departed_at=None, **closed)

    for answer in (
        client.get(page("roster-people", link.trip.code)),
        client.post(page("roll-call-taps", link.trip.code)),
        phone.get(page("roster-people", link.link)),
        Client().get(page("roster-code", link.link)),
    ):
        assert answer.status_code == 410 and "This trip is canceled" in answer.text and "Elena" not in answer.text
    assert Client().get(copy).status_code == 410
    assert (
        placement.application.student.full_name
        not in sign_in(UserFactory(coordinator=True)).get(page("roster-people", link.trip.code)).text
    )


@pytest.mark.parametrize("travelers", [2, 12])
def test_the_list_takes_at_most_ten_queries_at_any_size(trip, link, sign_in, travelers):
    for _ in range(travelers):
        told(trip, way="local")
    for client, key in ((sign_in(leader_of(trip)), trip.code), (entered(link), link.link)):
        client.get(page("roster", key))
        for name in ("roster", "roster-people", "roll-call", "roll-call-taps"):
            with CaptureQueriesContext(
                connection,
            ) as found:
                assert client.get(page(name, key)).status_code == 200
            asked = [each["sql"] for each in found if "SAVEPOINT" not in each["sql"]]
            assert len(asked) <= 10, (name, asked)


def test_the_list_of_24_travelers_is_small(link):
    for _ in range(24):
        told(link.trip, way="local")
    answer = entered(link).get(page("roster-people", link.link))
    assert len(brotli.compress(answer.content)) <= 12 * 1024


def test_on_paper_it_says_when_and_to_destroy_it(trip, sign_in):
    told(trip)
    text = sign_in(leader_of(trip)).get(page("roster-people", trip.code)).text
    assert "Destroy after the return." in text and "printed" in text


def test_the_office_still_reads_the_roster_of_a_trip_that_is_over(trip, sign_in):
    told(trip)
    Trip.objects.filter(pk=trip.pk).update(leaves_on=in_days(-13), returns_on=in_days(-3))
    for name in ("roster", "roster-people", "roll-call"):
        assert sign_in(UserFactory(coordinator=True)).get(page(name, trip.code)).status_code == 200
        assert sign_in(leader_of(trip)).get(page(name, trip.code)).status_code == 410


def test_the_list_has_who_went_and_is_not_home_before_the_group(trip, sign_in):
    ana, ben, eve = (told(trip) for _each in range(3))
    stayed = told(trip)
    type(ana).objects.filter(pk=stayed.pk).update(travelled_at=None)
    type(ana).objects.filter(pk=ben.pk).update(returned_at=timezone.now() - dt.timedelta(hours=2))
    leading = own(leader_of(trip), trip.code)
    assert (leading.trip, leading.key, leading.link, leading.is_office) == (trip, trip.code, None, False)
    assert list(leading.travelers()) == [ana, eve]
    trip.returned_at = timezone.now() - dt.timedelta(hours=1)
    type(ana).objects.filter(pk=eve.pk).update(returned_at=trip.returned_at)
    leading.trip.returned_at = trip.returned_at
    assert list(leading.travelers()) == [ana, eve]
    leading.trip.departed_at = None
    assert list(leading.travelers()) == [ana, ben, eve, stayed]


def test_who_works_with_a_roster_has_a_name_and_a_sign_of_their_own(trip, link):
    office, ruth = UserFactory(coordinator=True, full_name="Dana Office"), leader_of(trip)
    ours, hers = own(office, trip.code), own(ruth, trip.code)
    rosas = Leading(trip, link.link, None, link.contact, link)
    contact = trip.leaders.get(user=ruth)
    assert [(each.name, each.leader, each.is_office, each.who) for each in (ours, hers, rosas)] == [
        (str(office), "", True, office.code),
        (str(contact), "", False, ruth.code),
        ("Rosa Lim", "Rosa Lim", False, link.contact.code),
    ]
    assert own(UserFactory(), trip.code) is None and own(ruth, trip_away().code) is None
    assert own(UserFactory(coordinator=True), "BCDFGHJK") is None


def test_the_page_of_a_link_is_in_the_leaders_language_unless_they_chose_one(link, settings):
    Contact.objects.filter(pk=link.contact_id).update(language="es")
    phone = Client()
    assert 'lang="es"' in phone.get(page("roster-code", link.link)).text
    phone.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert 'lang="en"' in phone.get(page("roster-code", link.link)).text


def test_pages_of_a_roster_are_kept_nowhere_and_take_no_other_method(trip, link, sign_in):
    answer = sign_in(leader_of(trip)).get(page("roster-people", trip.code))
    assert answer.headers["X-Robots-Tag"] == "noindex" and "no-store" in answer.headers["Cache-Control"]
    assert Client().put(page("roster-code", link.link)).status_code == 405
    assert Client().get(page("roster", "x.y.z")).status_code == 404
    assert "login" in Client().get(page("roster", trip.code)).url


def test_leaving_a_page_that_no_code_opened_leads_to_the_code(link):
    assert Client().post(page("roster-leave", link.link)).url == page("roster-code", link.link)


def test_a_phone_with_two_links_keeps_the_other_when_one_is_left(link):
    other = LeaderLinkFactory()
    phone = entered(other, entered(link))
    assert phone.get(page("roster", link.link)).status_code == 200
    phone.post(page("roster-leave", link.link))
    assert phone.get(page("roster", link.link)).status_code == 302
    assert phone.get(page("roster", other.link)).status_code == 200


def test_a_code_that_was_entered_lasts_its_hours(link, settings):
    phone = entered(link)
    for seconds, status in ((-60, 200), (60, 302)):
        session = phone.session
        session["leader_links"] = {link.code: time.time() - 12 * 3600 - seconds}
        session.save()
        LeaderLink.objects.update(made_at=timezone.now() - dt.timedelta(days=2))
        assert phone.get(page("roster", link.link)).status_code == status


# --- The copy on a phone ---------------------------------------------------------------------------------


def test_a_copy_asks_whether_it_may_stay(link):
    told(link.trip)
    phone = entered(link)
    kept = phone.post(page("roster-keep", link.link)).json()
    assert "Elena Ruiz" in kept["html"] and "csrfmiddlewaretoken" not in kept["html"]
    assert kept["until"] / 1000 > timezone.now().timestamp()
    stranger = Client()
    assert stranger.get(kept["alive"]).status_code == 204
    leader_link.end(link, by=UserFactory(coordinator=True))
    assert stranger.get(kept["alive"]).status_code == 410


def test_the_copy_of_an_account_ends_when_they_lead_no_more(trip, sign_in):
    told(trip)
    account = leader_of(trip)
    alive = sign_in(account).post(page("roster-keep", trip.code)).json()["alive"]
    assert Client().get(alive).status_code == 204
    trip.leaders.update(user=None)
    assert Client().get(alive).status_code == 410


def test_the_page_without_a_connection_and_the_worker_hold_nothing_of_anybody(link):
    told(link.trip)
    phone = entered(link)
    for name in ("roster-offline", "roster-worker"):
        text = phone.get(reverse(f"travel:{name}")).text
        assert "Rosa" not in text and "Elena" not in text
    assert "roster-copies" in phone.get(reverse("travel:roster-worker")).text


def test_a_copy_has_whom_to_call_there_and_a_form_for_what_happens(link):
    number = HelpNumberFactory(city=link.trip.city)
    policy = InsurancePolicyFactory(trip=link.trip)
    html = entered(link).post(page("roster-keep", link.link)).json()["html"]
    assert number.dialed in html and policy.number in html
    assert f'action="{page("roster-incident", link.link)}"' in html and 'name="where"' in html
    assert "csrfmiddlewaretoken" not in html


def test_office_reads_the_list_but_keeps_no_copy(trip, sign_in):
    told(trip)
    office = sign_in(UserFactory(coordinator=True))
    text = office.get(page("roster-people", trip.code)).text
    assert "Elena Ruiz" in text and "data-keep-list" not in text
    assert office.post(page("roster-keep", trip.code)).status_code == 302


# --- Deleted ----------------------------------------------------------------------------------------------


def test_roll_calls_and_links_go_after_their_days(link):
    Trip.objects.filter(pk=link.trip_id).update(
        leaves_on=in_days(-60), returns_on=in_days(-50), departed_at=timezone.now() - dt.timedelta(days=60)
    )
    RollCall.objects.create(trip=link.trip, on=in_days(-55), number=1)
    PlacementFactory()
    assert roll_call.forget(days=60) == 0
    assert roll_call.forget(days=30, dry_run=True) == 1 == roll_call.forget(days=30)
    assert not RollCall.objects.exists() and not LeaderLink.objects.exists()


def test_a_phone_that_opened_the_former_link_is_asked_for_a_code_again(trip):
    """A lost phone reads the leader's mail, too: the office makes a new link, and the mail brings it to that phone."""
    link = LeaderLinkFactory(trip=trip)
    phone = entered(link)
    assert phone.get(page("roster", link.link)).status_code == 200
    fresh = leader_link.make(link.contact, by=UserFactory(coordinator=True))
    assert phone.get(page("roster", link.link)).status_code == 404
    assert phone.get(page("roster-people", fresh.link)).url == page("roster-code", fresh.link)
