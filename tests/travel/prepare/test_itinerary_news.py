"""Publishing an itinerary: exactly the people whose lines changed are told, once, in their language."""

import pytest
from django.urls import reverse

from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_travel import ContactFactory, HostLinkFactory, PlacementFactory, TripFactory, in_days, travel_facts
from tests.itineraries import LEAVES, RETURNS, homebound, meeting, outbound, publish, stay
from travel.prepare.itinerary import actions
from travel.prepare.itinerary import news as itinerary_news

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True)


@pytest.fixture
def trip():
    travel_facts()
    return TripFactory(leaves_on=in_days(LEAVES), returns_on=in_days(RETURNS))


@pytest.fixture
def two(trip):
    """Two students who fly separately: one reads English, one Spanish."""
    return [
        PlacementFactory(trip=trip, application__student__full_name=name, application__student__language=language)
        for name, language in (("Ana Reyes", "en"), ("Luis Ortega", "es"))
    ]


def told():
    """(template, address) of the messages so far, which are then forgotten."""
    found = sorted(Message.objects.filter(channel="email").values_list("template", "address"))
    Message.objects.all().delete()
    return [(template.removeprefix("travel/itinerary_"), address) for template, address in found]


def mail_of(placement):
    return placement.application.student.email


def test_the_first_time_everyone_is_told_once_that_it_is_ready(trip, two, coordinator):
    leader = ContactFactory(host=None, trip=trip, email="rosa@example.gov")
    host = HostLinkFactory(trip=trip)
    for each in (outbound(), homebound(), meeting()):
        actions.add(trip, each, by=coordinator)

    assert publish(trip, coordinator) == 4

    assert set(Event.objects.filter(action="itinerarysegment.add").values_list("by", flat=True)) == {coordinator.pk}
    for each in two:
        (mail,) = Message.objects.filter(template="travel/itinerary_ready", address=mail_of(each))
        assert reverse("travel:itinerary", args=[each.code]) in mail.body
    expected = [("host", host.contact.email), ("leader", leader.email), *(("ready", mail_of(each)) for each in two)]
    assert told() == sorted(expected)
    assert publish(trip, coordinator) == 0
    assert told() == []
    assert Event.objects.filter(action="itinerary.publish").count() == 1


def test_a_change_tells_only_those_on_that_line_with_old_and_new_in_their_language(trip, two, coordinator):
    ana, luis = two
    first = actions.add(trip, outbound(number="VN 1", placements=[ana]), by=coordinator)
    second = actions.add(trip, outbound(number="UA 2", placements=[luis]), by=coordinator)
    actions.add(trip, meeting(), by=coordinator)
    publish(trip, coordinator)
    told()

    actions.change(second, outbound(number="UA 3", placements=[luis]), seen="", by=coordinator)
    publish(trip, coordinator)

    [message] = Message.objects.filter(channel="email")
    assert (message.address, message.language) == (mail_of(luis), "es")
    assert "Antes: Vuelo UA 2, de LAX a HAN" in message.body
    assert "Ahora: Vuelo UA 3, de LAX a HAN" in message.body
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.version, second.version) == (1, 2)


def test_editing_again_before_publishing_tells_once_and_taking_it_back_tells_nobody(trip, two, coordinator):
    segment = actions.add(trip, outbound(), by=coordinator)
    publish(trip, coordinator)
    told()

    for number in ("VN 2", "VN 3", "VN 99"):
        actions.change(segment, outbound(number=number), seen="", by=coordinator)
        segment.refresh_from_db()
    assert publish(trip, coordinator) == 0

    for number in ("VN 2", "VN 3"):
        actions.change(segment, outbound(number=number), seen="", by=coordinator)
        segment.refresh_from_db()
    assert publish(trip, coordinator) == 2
    assert told() == [("changed", address) for address in sorted(map(mail_of, two))]


def test_a_phone_number_is_published_without_a_message(trip, two, coordinator):
    segment = actions.add(trip, stay(), by=coordinator)
    publish(trip, coordinator)
    told()

    actions.change(segment, stay(phone="+84 24 1111"), seen="", by=coordinator)

    assert publish(trip, coordinator) == 0
    segment.refresh_from_db()
    assert segment.told.phone == "+84 24 1111"
    assert (segment.version, segment.is_changed) == (1, False)


def test_somebody_moved_to_the_other_flight_is_told_of_both_and_the_others_are_not(trip, two, coordinator):
    ana, luis = two
    third = PlacementFactory(trip=trip)
    first = actions.add(trip, outbound(number="VN 1", placements=[ana, third]), by=coordinator)
    second = actions.add(trip, outbound(number="UA 2", placements=[luis]), by=coordinator)
    publish(trip, coordinator)
    told()

    actions.change(first, outbound(number="VN 1", placements=[ana]), seen="", by=coordinator)
    actions.change(second, outbound(number="UA 2", placements=[luis, third]), seen="", by=coordinator)
    publish(trip, coordinator)

    [message] = Message.objects.filter(channel="email")
    assert message.address == mail_of(third)
    assert "Canceled: Flight VN 1" in message.body
    assert "New: Flight UA 2" in message.body


def test_a_removed_line_is_told_and_then_gone(trip, two, coordinator):
    segment = actions.add(trip, meeting(), by=coordinator)
    actions.add(trip, outbound(), by=coordinator)
    publish(trip, coordinator)
    told()
    actions.remove(segment, by=coordinator)
    assert trip.segments.count() == 2  # until people know

    publish(trip, coordinator)

    assert trip.segments.count() == 1
    assert len(told()) == 2


def test_hosts_are_told_of_what_they_see_and_leaders_of_their_own_lines(trip, two, coordinator):
    ana, _luis = two
    rosa = ContactFactory(host=None, trip=trip, email="rosa@example.gov", language="en")
    link = HostLinkFactory(trip=trip, contact__email="host@example.org", contact__language="en")
    stopped = HostLinkFactory(trip=trip, contact__email="gone@example.org")
    stopped.stopped_at, stopped.stopped_by = stopped.sent_at, coordinator
    stopped.save()
    flight = actions.add(trip, outbound(leaders=[rosa], placements=[ana]), by=coordinator)
    point = actions.add(trip, meeting(), by=coordinator)
    publish(trip, coordinator)
    told()

    actions.change(point, meeting(to_name="Door 9"), seen="", by=coordinator)
    publish(trip, coordinator)
    assert ("host", "host@example.org") not in (after_the_door := told())
    assert ("leader", "rosa@example.gov") in after_the_door

    actions.change(flight, outbound(leaders=[rosa], placements=[ana], number="VN 7"), seen="", by=coordinator)
    publish(trip, coordinator)
    body = Message.objects.get(address="host@example.org").body
    assert "VN 7 lands at Noi Bai International Airport (HAN)" in body
    assert reverse("travel:host-arrivals", args=[link.link]) in body
    assert told() == sorted([("changed", mail_of(ana)), ("host", "host@example.org"), ("leader", "rosa@example.gov")])


def test_those_who_withdrew_or_are_home_are_not_told(trip, two, coordinator):
    ana, _luis = two
    withdrawn = PlacementFactory(trip=trip, application__withdrawn=True)
    actions.add(trip, outbound(), by=coordinator)
    publish(trip, coordinator)

    assert mail_of(withdrawn) not in [address for _template, address in told()]


def test_the_preview_shows_who_gets_what_and_publishing_does_exactly_that(trip, two, coordinator, sign_in):
    actions.add(trip, outbound(confirmation="K4Z9QP"), by=coordinator)
    client, address = sign_in(coordinator), reverse("travel:itinerary-publish", args=[trip.code])

    page = client.get(address)

    assert [(each["news"].name, str(each["language"])) for each in page.context["receivers"]] == [
        ("Ana Reyes", "English"),
        ("Luis Ortega", "Spanish"),
    ]
    assert "2 people will be told" in page.text
    assert not Message.objects.exists()
    seen = page.context["pending"].seen
    actions.add(trip, meeting(), by=coordinator)
    refused = client.post(address, {"seen": seen}, follow=True)
    assert "Someone else changed this while you were writing" in refused.text
    assert not Message.objects.exists()

    client.post(address, {"seen": client.get(address).context["pending"].seen})

    assert len(told()) == 2
    assert "There’s nothing to publish" in client.get(address).text


def test_no_message_holds_the_booking_reference(trip, two, coordinator):
    ContactFactory(host=None, trip=trip, email="rosa@example.gov")
    HostLinkFactory(trip=trip)
    segment = actions.add(trip, outbound(confirmation="K4Z9QP"), by=coordinator)
    publish(trip, coordinator)
    actions.change(segment, outbound(confirmation="K4Z9QP", number="VN 5"), seen="", by=coordinator)
    publish(trip, coordinator)

    assert Message.objects.filter(channel="email").count() >= 8
    assert not [row for row in Message.objects.all() if "K4Z9QP" in row.body + row.html]


def test_a_stale_page_publishes_nothing(trip, two, coordinator):
    actions.add(trip, outbound(), by=coordinator)

    with pytest.raises(RuleViolation, match="Someone else changed"):
        itinerary_news.publish(trip, seen="0" * 16, by=coordinator)
