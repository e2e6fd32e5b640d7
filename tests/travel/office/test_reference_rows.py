"""Facts, rules and guidance under Set up: compared with their source, changed, undone, and back to the default."""

import re

import pytest
from django.apps import apps
from django.urls import reverse

from exchange.models import DatedReference, Event, Fact
from exchange.reference import facts, references
from tests.factories import FactFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.factories_money import MoneyRuleFactory
from tests.factories_travel import (
    EntryRuleFactory,
    GuidanceFactory,
    PassportCaseFactory,
    PlacementFactory,
    TripFactory,
    in_days,
)
from tests.travel.office.reference_pages import LIST, act, change, now, page
from travel.models import EntryRule, Guidance, HealthRule
from travel.office.reference.forms import FORMS, NEW_FORMS
from travel.office.reference.kinds import ELSEWHERE, KINDS

pytestmark = pytest.mark.django_db

SETUP = reverse("applications:cycle-setup-list")


@pytest.fixture
def person():
    return UserFactory(coordinator=True, full_name="Ana Aguilar")


@pytest.fixture
def office(sign_in, person):
    for key, days in (("reference.review_days", 180), ("reference.entry_review_days", 90)):
        if not Fact.objects.filter(key=key).exists():
            FactFactory(key=key, value=days)
    return sign_in(person)


@pytest.fixture
def fact():
    return FactFactory(key="shop.days", label_en="Days the shop keeps", label_es="Días en la tienda", value=14)


# --- The registry -------------------------------------------------------------------------------------


def test_every_dated_model_is_kept_here_or_on_a_page_of_its_own():
    dated = {model for model in apps.get_models() if issubclass(model, DatedReference)}
    kept = [kind.model for kind in KINDS.values()]

    assert len(kept) == len(set(kept)) and not set(kept) & set(ELSEWHERE)
    assert dated == set(kept) | set(ELSEWHERE)
    assert all(hasattr(model, "correction_href") for model in ELSEWHERE)
    assert set(FORMS) == set(KINDS) and set(NEW_FORMS) == {kind.key for kind in KINDS.values() if kind.can_add}


# --- The list -----------------------------------------------------------------------------------------


def test_set_up_says_how_many_need_a_look_and_leads_to_them_late_first(office, fact):
    assert "to look at" not in office.get(SETUP).text
    Fact.objects.filter(pk=fact.pk).update(review_on=in_days(-1))
    GuidanceFactory(title_en="The seal", review_on=in_days(-30))
    FactFactory(key="shop.fee", label_en="The shop’s fee", is_confirmed=False)

    assert "3 to look at" in office.get(SETUP).text
    text = office.get(LIST).text
    assert text.index("The seal") < text.index("Days the shop keeps") and "1 more to look at" in text
    text = office.get(LIST, {"state": "look"}).text
    assert text.index("The seal") < text.index("Days the shop keeps") < text.index("The shop’s fee")
    assert references.how_many() == 3
    assert f'href="{LIST}?group=reminders"' in office.get(SETUP).text


def test_a_search_finds_it_in_either_language_and_by_topic(office, fact):
    fee = FactFactory(key="passport.fee.book", label_en="The book’s fee")

    def found(**filters):
        return [row.name for row in office.get(LIST, filters).context["page_obj"]]

    assert found(words="en la TIENDA") == ["Days the shop keeps"]
    assert found(group="fees") == [fee.label_en]
    assert found(words="no such words") == []
    assert office.get(LIST, {"group": "no-such-topic"}).status_code == 200


def test_the_list_costs_as_many_queries_with_many_rows(office, fact, django_assert_max_num_queries):
    office.get(LIST)
    for number in range(9):
        FactFactory(review_on=in_days(-number))
        EntryRuleFactory(review_on=in_days(-number))
    with django_assert_max_num_queries(15):
        office.get(LIST)


# --- Looked at, changed, undone -----------------------------------------------------------------------


def test_still_right_is_one_click_and_undone_with_another(office, person, fact):
    Fact.objects.filter(pk=fact.pk).update(review_on=in_days(-1), is_confirmed=False, checked_by="Somebody")

    text = act(office, fact, "right").text

    fact.refresh_from_db()
    assert (fact.as_of, fact.review_on, fact.is_confirmed) == (in_days(0), in_days(180), True)
    assert fact.checked_by == str(person) and "Still correct" in text and str(person) in text
    act(office, fact, "undo")
    fact.refresh_from_db()
    assert (fact.review_on, fact.is_confirmed, fact.checked_by) == (in_days(-1), False, "Somebody")


def test_an_entry_rule_is_checked_again_sooner_than_a_fact(office):
    rule = EntryRuleFactory()

    act(office, rule, "right")

    rule.refresh_from_db()
    assert rule.review_on == in_days(90)


def test_another_value_is_a_new_version_and_the_old_one_stays_with_its_history(office, person, fact):
    assert change(office, fact, value="30", label_es="Días en el local").status_code == 302

    new = now(fact)
    fact.refresh_from_db()
    assert (new.value, new.label_es, fact.value, fact.superseded_by) == (30, "Días en el local", 14, new)
    assert facts.number(fact.key) == 30
    event = Event.objects.get(action="fact.change")
    assert (event.by, event.changes["before"]["value"], event.changes["after"]["value"]) == (person, "14.00", "30")
    lines = office.get(page(new)).context["history"]
    assert [(line.who, line.act) for line in lines] == [(str(person), "Changed")]
    assert ("Number", "14 days", "30 days") in lines[0].changes
    act(office, new, "undo")
    assert now(fact).value == 14 and Fact.objects.filter(key=fact.key).count() == 3


def test_words_change_in_place(office, fact):
    change(office, fact, label_en="Days at the shop")

    assert now(fact) == fact and now(fact).label_en == "Days at the shop"


def test_saving_the_same_again_changes_nothing(office, fact):
    Fact.objects.filter(pk=fact.pk).update(as_of=in_days(0), review_on=in_days(90))

    change(office, fact)

    assert not Event.objects.filter(target_id=fact.pk).exists()


def test_undo_after_the_next_change_says_so_and_undoes_nothing(office, fact):
    change(office, fact, value="30")
    shown = office.get(page(fact)).context["undo"]
    change(office, fact, value="40")

    text = act(office, fact, "undo", undo=shown).text

    assert "Nothing was undone" in text and now(fact).value == 40
    assert act(office, fact, "undo", undo="x").status_code == 200 and now(fact).value == 40


def test_of_two_people_the_second_sees_both_and_loses_nothing(office, fact):
    form = office.get(page(fact, "change")).context["form"].initial
    change(office, fact, value="30")

    response = office.post(page(fact, "change"), form | {"value": "60", "review_on": in_days(90), "as_of": in_days(0)})

    assert response.status_code == 200 and now(fact).value == 30
    assert ("Number, in days", "30") in response.context["form"].theirs
    assert 'value="60"' in response.text and "30" in response.text
    seen = re.search(r'name="seen" value="([^"]+)"', response.text)[1]
    office.post(
        page(fact, "change"), form | {"value": "60", "review_on": in_days(90), "as_of": in_days(0), "seen": seen}
    )
    assert now(fact).value == 60


def test_still_right_of_a_page_that_has_changed_meanwhile_says_so(office, fact):
    seen = office.get(page(fact)).context["seen"]
    change(office, fact, value="30", as_of=in_days(-1))

    text = act(office, fact, "right", seen=seen).text

    assert "Someone else changed this" in text and now(fact).as_of == in_days(-1)


# --- Bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"value": "-1"}, "Enter a number from 1 to 36,500."),
        ({"value": "2.5"}, "Enter a whole number."),
        ({"value": "99999"}, "Enter a number from 1 to 36,500."),
        ({"value": "many"}, "Enter a number."),
        ({"label_es": ""}, "Enter this in Spanish too."),
        ({"source_name": ""}, "Enter who says so."),
        ({"source_url": "the office"}, "This isn’t the address of a web page."),
        ({"as_of": 1}, "This day is still ahead."),
        ({"as_of": 0, "review_on": -1}, "The next check must be after this one."),
        ({"as_of": -9, "review_on": -2}, "This day has passed."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_saved(office, fact, wrong, said):
    typed = {name: in_days(value) if isinstance(value, int) else value for name, value in wrong.items()}

    response = change(office, fact, **typed)

    assert said in response.text and not Event.objects.filter(target_id=fact.pk).exists()


def test_addresses_that_lead_nowhere(office, fact):
    for kind, key in (
        ("fact", "no.such"),
        ("shop", "x"),
        ("entry", "hanoi"),
        ("consent", "a:99999999"),
        ("fact", "a\x00"),
    ):
        assert office.get(reverse("travel:reference-row", args=[kind, key])).status_code == 404
    assert office.post(page(fact, "act"), {"act": "burn"}).status_code == 404
    assert office.get(reverse("travel:reference-add", args=["notice"])).status_code == 404


# --- What a change affects ----------------------------------------------------------------------------


def test_before_a_change_the_page_says_whom_it_reaches(office):
    trip = TripFactory(city=PartnerCityFactory(code="hanoi", name_en="Hanoi"))
    rule = EntryRuleFactory(city=trip.city)
    PlacementFactory(trip=trip)
    days = FactFactory(key="passport.days.routine", value=70)
    PassportCaseFactory(application=ApplicationFactory(selected=True))
    for row in (rule, days):
        for name in ("row", "change"):
            assert "What a change affects" in office.get(page(row, name)).text
    assert "1 student who is going to Hanoi sees it." in office.get(page(rule)).text
    assert "The passport dates of 1 student are worked out again." in office.get(page(days)).text


def test_a_fee_that_changes_says_what_becomes_of_what_was_promised(office):
    fee = FactFactory(key="passport.fee.application", value=130)
    assert "still pays" not in office.get(page(fee, "change")).text
    voucher = MoneyRuleFactory(kind="voucher", fee="application", cents=13000)
    rule = MoneyRuleFactory(kind="refund", fee="application", cents=13000, timing="after_receipt")
    MoneyRuleFactory(kind="refund", fee="application", cents=9900, timing="after_receipt", draft=True)
    text = office.get(page(fee, "change")).text
    assert f"{voucher.cycle.name} still pays $130 of it with a voucher, as promised: students pay" in text
    assert f"{rule.cycle.name} still pays back $130 of it, as promised." in text and "$99" not in text


def test_guidance_for_few_routes_does_not_say_how_many_take_them(office):
    row = GuidanceFactory(topic=Guidance.Topic.ROUTE, routes=["talk"])

    assert "the office can’t see" in office.get(page(row)).text


def test_reminders_and_committee_numbers_count_applications(office):
    cycle = CycleFactory()
    ApplicationFactory(cycle=cycle)
    ApplicationFactory(cycle=cycle, submitted=True)
    reminder = FactFactory(key="reminder.times_max", value=3)
    readers = FactFactory(key="review.readers_min", value=2)

    assert "1 student is writing an application now." in office.get(page(reminder)).text
    assert "1 submitted application is waiting" in office.get(page(readers)).text


# --- Rules and guidance -------------------------------------------------------------------------------


RULE = {
    "requirement": "e_visa",
    "fee": "25",
    "currency": "USD",
    "lead_days": "14",
    "blank_pages": "2",
    "validity_months": "6",
    "validity_basis": "entry",
    "note_en": "Apply online.",
    "note_es": "En línea.",
    "source_name": "The consulate",
    "source_url": "https://travel.state.gov/",
}


def test_a_city_that_the_office_added_gets_its_rule(office):
    lyon = PartnerCityFactory(name_en="Lyon")
    new, rules = reverse("travel:reference-add", args=["entry"]), f"{LIST}?group=entry"
    assert "There’s none for: Lyon." in office.get(rules).text
    given = RULE | {"city": lyon.pk, "as_of": in_days(0), "review_on": in_days(90), "is_confirmed": "on"}

    for wrong, said in (({"currency": ""}, "Enter the currency of the fee."), ({"note_es": ""}, "in Spanish too")):
        assert said in office.post(new, given | wrong).text
    assert office.post(new, given).status_code == 302
    assert office.post(new, given).status_code == 200  # it has one now

    rule = EntryRule.objects.get()
    assert (rule.city, rule.fee, rule.is_reliable) == (lyon, 25, True)
    assert Event.objects.filter(action="entryrule.add", by__isnull=False).count() == 1
    assert "There’s none" not in office.get(rules).text


def test_an_entry_rule_in_place_has_its_history_in_words(office, person):
    rule = EntryRuleFactory(requirement="e_visa")

    change(office, rule, requirement="none", lead_days="0")

    line = office.get(page(rule)).context["history"][0]
    assert ("What a traveler needs", "e-visa (electronic visa)", "nothing needed in advance") in line.changes
    act(office, rule, "undo")
    rule.refresh_from_db()
    assert (rule.requirement, rule.lead_days) == ("e_visa", 14)


def test_guidance_and_health_rules_are_added_in_both_languages(office):
    words = {"title_en": "Bring water", "title_es": "Lleva agua", "text_en": "It’s hot.", "text_es": "Hace calor."}
    source = {"source_name": "We", "as_of": in_days(0), "review_on": in_days(90)}
    added = (
        ("guidance", {"topic": "money", "order": 5, "routes": ["ds11"]}),
        ("health", {"kind": "medicine", "strength": "required"}),
    )
    for kind, more in added:
        new = reverse("travel:reference-add", args=[kind])
        assert "in Spanish too" in office.post(new, words | source | more | {"text_es": ""}).text
        assert office.post(new, words | source | more).status_code == 302

    assert (Guidance.objects.get().routes, HealthRule.objects.get().city) == (["ds11"], None)
    act(office, HealthRule.objects.get(), "remove")
    assert not HealthRule.objects.exists()
