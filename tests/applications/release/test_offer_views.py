import datetime as dt
import html
import re

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from applications.apply import results
from applications.apply.actions.application import withdraw
from applications.models import CityPreference
from applications.release.actions import offer as offers
from applications.release.actions import releasing
from applications.states import Status
from exchange.models import Message
from exchange.templatetags.ui import full_day, until
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    DecisionFactory,
    OfferFactory,
    ReviewFactory,
    review_facts,
)
from tests.factories_travel import PlacementFactory, TripFactory, travel_facts
from travel.placement.actions.placement import close

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(db):
    review_facts()


def text_of(response):
    content = response if isinstance(response, str) else response.content.decode()
    return html.unescape(re.sub(r"\s+", " ", content))


# --- The student ------------------------------------------------------------------------------------


def offer_pages(offer):
    return {name: reverse(f"applications:offer-{name}", args=[offer.code]) for name in ("detail", "confirm", "decline")}


def test_a_student_confirms_after_being_asked(sign_in):
    offer = OfferFactory()
    client, pages = sign_in(offer.application.student), offer_pages(offer)

    asked = client.get(pages["confirm"])
    offer.refresh_from_db()
    assert (asked.status_code, offer.reply) == (200, "")

    client.post(pages["confirm"])
    again = client.post(pages["confirm"], follow=True)

    offer.refresh_from_db()
    assert offer.reply == "confirmed"
    assert "Your spot is confirmed" in text_of(again)
    assert Message.objects.count() == 1


def test_a_student_declines_after_being_asked(sign_in):
    offer = OfferFactory()
    client, pages = sign_in(offer.application.student), offer_pages(offer)

    assert "Decline your spot?" in text_of(client.get(pages["decline"]))
    response = client.post(pages["decline"], follow=True)

    offer.application.refresh_from_db()
    assert offer.application.status == Status.DECLINED
    assert "You declined your spot" in text_of(response)


def test_offer_detail_says_what_it_means_and_until_when(sign_in):
    offer = OfferFactory()

    page = text_of(sign_in(offer.application.student).get(offer.get_absolute_url()))

    assert "Answer by" in page
    assert "Los Angeles time" in page
    assert "Lodging" in page
    assert page.count("ex-button--primary") == 1


def offer_with_trips():
    """Ranked: Hanoi, Paris, then the line "rather stay home", then Durango; Lima has a trip and isn't ranked."""
    cities = {name: PartnerCityFactory(name_en=name, name_es=name) for name in ("Hanoi", "Paris", "Durango", "Lima")}
    application = ApplicationFactory(submitted=True)
    for rank, city in enumerate((cities["Hanoi"], cities["Paris"], None, cities["Durango"]), start=1):
        CityPreference.objects.create(application=application, city=city, rank=rank)
    application.status = Status.SELECTED
    application.save()
    offer = OfferFactory(decision=DecisionFactory(released=True, application=application))
    trips = {
        name: TripFactory(cycle=application.cycle, city=city, leaves_in=200 - 10 * number)
        for number, (name, city) in enumerate(cities.items())
    }
    return offer, trips


@pytest.mark.parametrize("page", ["detail", "confirm"])
def test_before_saying_yes_a_student_sees_trips_cost_and_how_to_step_back(sign_in, page):
    offer, trips = offer_with_trips()
    response = sign_in(offer.application.student).get(offer_pages(offer)[page])
    text = text_of(response)
    ahead = response.context["ahead"]
    assert [(trip.city, trip.choice) for trip in ahead.trips] == [("Hanoi", 1), ("Paris", 2)]
    for name in ("Hanoi", "Paris"):
        assert until(trips[name].leaves_on, trips[name].returns_on) in text
    assert "Durango" not in text and "Lima" not in text
    assert "Flights" in text and "Spending money" in text and offer.application.cycle.get_absolute_url() in text
    # Paris leaves first: until the day before, the student can surely withdraw
    assert f"on the first trip, that’s {full_day(trips['Paris'].leaves_on - dt.timedelta(days=1))}." in text
    assert "can go to the next student on the waitlist" in text


def test_trips_that_are_over_or_closed_are_not_offered(sign_in):
    offer, trips = offer_with_trips()
    office = UserFactory(coordinator=True)
    close(trips["Hanoi"], reason="No beds.", by=office)
    trips["Paris"].leaves_on = timezone.localdate()
    trips["Paris"].save()
    page = sign_in(offer.application.student).get(offer.get_absolute_url())
    assert page.context["ahead"].trips == ()
    assert "aren’t set yet" in text_of(page)
    offers.confirm(offer, by=offer.application.student)
    assert "You don’t have a city or dates yet" in text_of(
        sign_in(offer.application.student).get(offer.get_absolute_url())
    )


def test_confirmed_page_links_to_stepping_back_until_the_trip_begins(sign_in):
    offer, trips = offer_with_trips()
    application = offer.application
    offers.confirm(offer, by=application.student)
    client, away = sign_in(application.student), reverse("applications:application-withdraw", args=[application.code])
    page = text_of(client.get(offer.get_absolute_url()))
    assert f'href="{away}"' in page and "Hanoi" in page and "Paris" in page
    PlacementFactory(application=application, trip=trips["Paris"], rank=2)
    page = text_of(client.get(offer.get_absolute_url()))
    last = full_day(trips["Paris"].leaves_on - dt.timedelta(days=1))
    assert "Hanoi" not in page and f"through {last}, the day before your trip leaves" in page
    assert f'href="{away}"' in page
    trips["Paris"].leaves_on = timezone.localdate()
    trips["Paris"].save()
    page = text_of(client.get(offer.get_absolute_url()))
    assert f'href="{away}"' not in page and "only the exchange team can change your record" in page


def test_withdraw_page_says_what_happens_to_a_confirmed_spot(sign_in):
    confirmed, sent = ApplicationFactory(confirmed=True), ApplicationFactory(submitted=True)
    for application, says in ((confirmed, True), (sent, False)):
        address = reverse("applications:application-withdraw", args=[application.code])
        page = text_of(sign_in(application.student).get(address))
        assert ("can go to the next student on the waitlist" in page) is says


def test_offer_page_takes_a_constant_number_of_queries(sign_in, django_assert_max_num_queries):
    offer, _trips = offer_with_trips()
    client = sign_in(offer.application.student)
    with django_assert_max_num_queries(9):
        client.get(offer.get_absolute_url())


def test_a_lapsed_offer_says_so_and_does_not_ask(sign_in):
    offer = OfferFactory(lapsed=True)
    client, pages = sign_in(offer.application.student), offer_pages(offer)

    assert "The time to answer ended" in text_of(client.get(pages["detail"]))
    assert client.get(pages["confirm"]).url == pages["detail"]
    assert "The time to answer ended" in text_of(client.post(pages["confirm"], follow=True))
    offer.refresh_from_db()
    assert offer.reply == ""


def test_the_student_s_page_says_when_the_time_to_answer_is_over(sign_in):
    offer = OfferFactory(lapsed=True)
    page = text_of(sign_in(offer.application.student).get(offer.application.get_absolute_url()))
    assert "You’re selected" in page
    assert "The time to answer ended on" in page and "exchange team today" in page
    assert "Congratulations" not in page and "See your offer" not in page


@pytest.mark.parametrize("reply", ["", "confirmed"])
def test_an_offer_is_closed_once_the_application_was_taken_back(sign_in, reply):
    offer = OfferFactory()
    if reply:
        offers.confirm(offer, by=offer.application.student)
    withdraw(offer.application, by=offer.application.student)

    page = text_of(sign_in(offer.application.student).get(offer.get_absolute_url()))

    assert "Your application was withdrawn, so this offer is closed." in page
    assert "spot is confirmed" not in page and "Confirm my spot" not in page and "What it costs" not in page


def test_a_no_without_words_of_readers_speaks_of_none(sign_in):
    application = DecisionFactory(released=True, result=Status.NOT_SELECTED).application
    client = sign_in(application.student)
    for address in (application.get_absolute_url(), "/journey/"):
        page = text_of(client.get(address))
        assert "What the readers wrote" not in page and "left notes" not in page
    ReviewFactory(assignment__application=application, locked=True, feedback="Name the place that you want to see.")
    assert "What the readers wrote below can help" in text_of(client.get(application.get_absolute_url()))
    assert "Your readers left notes" in text_of(client.get("/journey/"))


@pytest.mark.parametrize("name", ["detail", "confirm", "decline"])
def test_another_student_s_offer_is_not_found(sign_in, name):
    client = sign_in(UserFactory())

    assert client.get(offer_pages(OfferFactory())[name]).status_code == 404
    refused = 405 if name == "detail" else 404  # GET only shows a page
    assert client.post(offer_pages(OfferFactory())[name]).status_code == refused


def test_staff_see_an_offer_but_do_not_answer_it(sign_in):
    offer = OfferFactory()
    pages = offer_pages(offer)

    for client in (
        sign_in(UserFactory(coordinator=True)),
        sign_in(UserFactory(advisor=offer.application.college)),
    ):
        assert "Confirm my spot" not in text_of(client.get(pages["detail"]))
        assert client.get(pages["confirm"]).status_code == 403
        assert client.post(pages["confirm"]).status_code == 403


def test_a_private_result_changes_no_page_of_the_student_and_the_advisor(sign_in):
    travel_facts()
    application = ApplicationFactory(submitted=True, answered=True)
    clients = [sign_in(application.student), sign_in(UserFactory(advisor=application.college))]
    addresses = [
        application.get_absolute_url(),
        reverse("applications:application-receipt", args=[application.code]),
        reverse("applications:endorsement-list"),
        reverse("applications:endorsement-record", args=[application.code]),
        reverse("home"),
    ]

    def pages():
        responses = [client.get(address, follow=True) for client in clients for address in addresses]
        return [re.sub(r'csrfmiddlewaretoken" value="\w+"', "", text_of(each)) for each in responses]

    before = pages()
    DecisionFactory(application=application)

    assert pages() == before


def test_after_the_release_the_student_s_page_tells_the_result(sign_in):
    application = DecisionFactory(released=True, result=Status.NOT_SELECTED).application
    ReviewFactory(locked=True, assignment__application=application)
    client = sign_in(application.student)

    for address in (
        application.get_absolute_url(),
        reverse("applications:application-receipt", args=[application.code]),
    ):
        page = text_of(client.get(address))
        assert "Not this time" in page
        assert "Your library story shows how you find your way in." in page


def result_page(application):
    context = {"result": results.result_of(application), "application": application}
    return text_of(render_to_string("applications/apply/_result.html", context))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.SELECTED, "You’re selected"),
        (Status.WAITLISTED, "You’re on the waitlist"),
        (Status.NOT_SELECTED, "Not this time"),
        (Status.CONFIRMED, "your spot is confirmed"),
        (Status.DECLINED, "declined your spot"),
    ],
)
def test_the_result_is_told_in_words(status, words):
    application = ApplicationFactory(submitted=True, status=status)
    if status in (Status.SELECTED, Status.CONFIRMED):
        OfferFactory(decision=DecisionFactory(released=True, application=application))

    assert words in result_page(application)


def test_a_no_comes_with_the_readers_words_and_without_their_names():
    application = DecisionFactory(released=True, result=Status.NOT_SELECTED).application
    review = ReviewFactory(
        locked=True, assignment__application=application, feedback="Name who will hear of it.", comment="Weak."
    )

    page = result_page(application)

    assert "Name who will hear of it." in page
    assert str(review.assignment.reader) not in page
    assert "Weak." not in page
    assert "12" not in page


@pytest.mark.parametrize("stage", ["submitted", "returned", "withdrawn"])
def test_there_is_nothing_to_tell_before_and_after(stage):
    application = ApplicationFactory(**{stage: True})
    DecisionFactory(application=application)
    ReviewFactory(locked=True, assignment__application=application)

    assert result_page(application).strip() == ""


def test_messages_are_written_in_both_languages_without_the_result(django_capture_on_commit_callbacks):
    for language in ("en", "es"):
        decision = DecisionFactory(application__student__language=language)
        with translation.override("en"):
            plan = releasing.plan_release(decision.application.cycle)
            ((draft,),) = releasing.preview_messages([decision], plan.answer_by)
        assert draft.language == language
        assert decision.application.get_absolute_url() in draft.body
        assert draft.subject
        with translation.override(language):
            result = decision.get_result_display()
        assert not any(word in draft.body.lower() for word in (result, "congratulations", "sorry", "waiting list"))
