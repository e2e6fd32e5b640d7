import datetime as dt

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from exchange.models import Fact
from tests.factories import UserFactory
from tests.factories_travel import (
    ChecklistItemFactory,
    ChecklistStepFactory,
    EntryRuleFactory,
    GuidanceFactory,
    PassportCaseFactory,
    PlacementFactory,
    TripFactory,
    checklist_steps,
    in_days,
    travel_facts,
)
from travel.models import ChecklistItem, Guidance, PassportCase
from travel.passport.way.route import Answer, Answers, Born, Paper, TravelOn
from travel.prepare.checklist import actions as checklist
from travel.states import PassportStage

pytestmark = pytest.mark.django_db
Route = PassportCase.Route


@pytest.fixture(autouse=True)
def numbers():
    travel_facts()


@pytest.fixture
def placement():
    placement = PlacementFactory()
    EntryRuleFactory(city=placement.trip.city)
    checklist_steps(placement.trip.cycle)
    checklist.open_for(placement, by=placement.placed_by)
    return placement


@pytest.fixture
def mine(sign_in, placement):
    return sign_in(placement.application.student)


@pytest.fixture
def advisor(sign_in, placement):
    return sign_in(UserFactory(advisor=placement.application.college))


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True))


def url(name, placement, **more):
    return reverse(f"travel:{name}", kwargs={"code": placement.code, **more})


def text(response):
    return " ".join(response.content.decode().split())


def passport_url(name, placement):
    return reverse(f"travel:{name}", args=[placement.application.code])


def item(placement, key):
    return placement.checklist_items.get(step__key=key)


def case_of(placement):
    return PassportCase.objects.get(application=placement.application)


def first_passport(placement):
    answers = Answers(TravelOn.US_NEED, had_passport=Answer.NO, born=Born.IN_US, papers=(Paper.CERTIFIED,))
    return checklist.answer_route(placement.application, answers, by=placement.application.student)


# --- the student ------------------------------------------------------------------------------------


def test_checklist_names_the_next_step_and_every_duty_with_its_date(mine, placement):
    page = text(mine.get(url("checklist-detail", placement)))
    assert "Find out how to get your passport" in page
    for each in placement.checklist_items.select_related("step"):
        assert each.step.title in page
    assert page.count("ex-duties__row") == 6


TOO_LATE = "it may be too late for your trip"


@pytest.mark.parametrize(
    ("timing", "waits_for_it", "is_said"),
    [
        ("before_departure", {}, False),  # a photocopy
        ("before_departure", {"owner": "office"}, True),  # the ticket waits for it
        ("before_departure", {"owner": "student"}, False),
        ("entry", {}, True),
    ],
)
def test_only_what_holds_up_the_trip_may_be_too_late_for_it(timing, waits_for_it, is_said, mine, placement):
    step = ChecklistStepFactory(cycle=placement.trip.cycle, key="own", title_en="Own", timing=timing, order=0)
    dates = {"do_by": in_days(1), "last_safe_on": in_days(3)}
    item = ChecklistItemFactory(placement=placement, step=step, **dates)
    if waits_for_it:
        other = ChecklistStepFactory(cycle=placement.trip.cycle, key="other", waits_for=["own"], **waits_for_it)
        ChecklistItemFactory(placement=placement, step=other)
    assert (TOO_LATE in mine.get(item.get_absolute_url()).text) is is_said
    page = mine.get(url("checklist-detail", placement))
    assert page.context["step"].title == "Own" and (TOO_LATE in page.text) is is_said


def test_advice_is_for_the_own_route_and_says_when_it_was_checked(mine, placement):
    GuidanceFactory(key="birth-certificate", title_en="Certified birth certificate")
    GuidanceFactory(key="old-passport", title_en="Your old passport")
    GuidanceFactory(title_en="Plain copies", is_confirmed=False, topic=Guidance.Topic.PHOTO)
    first_passport(placement)
    page = text(mine.get(passport_url("passport-detail", placement)))
    assert "Certified birth certificate" in page
    assert "Your old passport" not in page
    assert "Checked on October 1, 2026." in page
    assert "Check the official page:" in page
    assert "$130" in page
    assert "$165" in page


@pytest.mark.parametrize("stage", ["in_hand", "checked", "name_matched"])
def test_who_has_the_passport_is_not_told_how_to_get_it(stage, mine, placement):
    """Neither what to bring, nor what it costs and to ask for a voucher before an appointment."""
    GuidanceFactory(key="birth-certificate", title_en="Certified birth certificate")
    first_passport(placement)
    assert "Certified birth certificate" in text(mine.get(passport_url("passport-detail", placement)))
    case = case_of(placement)
    seen = {"checked_at": timezone.now(), "checked_by": UserFactory()}
    PassportCase.objects.filter(pk=case.pk).update(stage=stage, **(seen if stage != "in_hand" else {}))
    page = text(mine.get(passport_url("passport-detail", placement)))
    gone = ("Certified birth certificate", "What it costs, and who pays", "What to bring", "keep you from getting")
    assert [words for words in gone if words in page] == []


def test_advice_past_its_review_sends_to_the_official_page(mine, placement):
    GuidanceFactory(key="birth-certificate", review_on=in_days(-1))
    first_passport(placement)
    assert "Check the official page:" in text(mine.get(passport_url("passport-detail", placement)))


def test_who_would_rather_talk_is_shown_no_papers_and_the_advisor(mine, placement, advisor):
    GuidanceFactory(key="copies", title_en="Plain copies")
    checklist.answer_route(placement.application, Answers(TravelOn.OTHER_COUNTRY), by=placement.application.student)
    page = text(mine.get(passport_url("passport-detail", placement)))
    assert "Talk with your advisor" in page
    assert "Plain copies" not in page
    assert "mailto:" in page


def test_the_way_out_asks_first_and_then_moves_the_dates(mine, placement):
    first_passport(placement)
    before = case_of(placement).documents_by
    assert "I need to order it" in text(mine.get(passport_url("passport-certificate", placement)))
    assert case_of(placement).needs_certificate is False
    mine.post(passport_url("passport-certificate", placement), {"is_needed": "yes"})
    case = case_of(placement)
    assert case.order_certificate_by == before - dt.timedelta(days=28)
    mine.post(passport_url("passport-certificate", placement), {"is_needed": "no"})
    assert case_of(placement).order_certificate_by is None


def test_a_student_moves_the_own_stage(mine, placement):
    first_passport(placement)
    day = in_days(12)
    mine.post(passport_url("passport-stage", placement), {"stage": "booked", "appointment_on": day.isoformat()})
    assert (case_of(placement).stage, case_of(placement).appointment_on) == (PassportStage.BOOKED, day)
    mine.post(passport_url("passport-stage", placement), {"stage": "applied"})
    assert case_of(placement).stage == PassportStage.APPLIED
    mine.post(passport_url("passport-stage", placement), {"stage": "applied"})
    assert case_of(placement).stage == PassportStage.APPLIED


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"stage": "booked"}, "appointment_on"),
        ({"stage": "booked", "appointment_on": "2020-01-01"}, "appointment_on"),
        ({"stage": "checked"}, "stage"),
        ({"stage": "issued"}, "stage"),
        ({}, "stage"),
    ],
)
def test_a_stage_that_cannot_be_is_explained_on_the_page(mine, placement, data, field):
    first_passport(placement)
    response = mine.post(passport_url("passport-stage", placement), data)
    assert response.status_code == 200
    assert field in response.context["stage_form"].errors
    assert "There’s a problem" in text(response)
    assert case_of(placement).stage == PassportStage.GATHERING


def test_a_duty_is_done_and_taken_back(mine, placement):
    done = url("checklist-item-done", placement, key="emergency")
    assert "I’ve done this" in text(mine.get(url("checklist-item", placement, key="emergency")))
    assert mine.get(done).status_code == 405
    assert "Done: Tell us who to call in an emergency." in text(mine.post(done, follow=True))
    assert item(placement, "emergency").done_at
    assert "Not done yet: undo" in text(mine.get(url("checklist-item", placement, key="emergency")))
    mine.post(done, {"undo": "1"})
    assert item(placement, "emergency").done_at is None


def test_a_duty_of_the_passport_points_at_the_passport(mine, placement):
    page = text(mine.get(url("checklist-item", placement, key="passport-apply")))
    assert "I’ve done this" not in page
    assert "Update my passport status" in page
    mine.post(url("checklist-item-done", placement, key="passport-apply"))
    assert item(placement, "passport-apply").done_at is None


def test_an_unknown_duty_is_404(mine, placement):
    assert mine.get(url("checklist-item", placement, key="nope")).status_code == 404


def test_a_placement_without_a_checklist_is_404(sign_in):
    placement = PlacementFactory()
    assert sign_in(placement.application.student).get(url("checklist-detail", placement)).status_code == 404


# --- who may ----------------------------------------------------------------------------------------


def test_others_see_no_checklist_at_all(sign_in, placement):
    for user in (UserFactory(), UserFactory(director=True), UserFactory(advisor=True)):
        client = sign_in(user)
        assert client.get(url("checklist-detail", placement)).status_code == 404
        assert client.post(passport_url("passport-stage", placement), {"stage": "booked"}).status_code == 404
        assert client.post(url("checklist-item-verify", placement, key="emergency")).status_code == 404


def test_staff_do_not_answer_or_act_for_a_student(advisor, placement):
    assert advisor.get(passport_url("passport-route", placement)).status_code == 403
    assert advisor.post(passport_url("passport-certificate", placement)).status_code == 403
    assert advisor.post(url("checklist-item-done", placement, key="emergency")).status_code == 403


def test_a_student_verifies_nothing(mine, placement):
    assert mine.post(url("checklist-item-verify", placement, key="emergency")).status_code == 403
    assert mine.get(reverse("travel:checklist-list")).status_code == 403


# --- the staff --------------------------------------------------------------------------------------


def test_staff_see_stage_and_dates_and_never_the_route(advisor, placement):
    college = placement.application.college
    college.named_advisor = UserFactory(advisor=college)  # who alone learns that a talk is wanted
    college.save()
    checklist.answer_route(placement.application, Answers(TravelOn.OTHER_DOCUMENT), by=placement.application.student)
    for address in (url("checklist-detail", placement), reverse("travel:checklist-list")):
        page = text(advisor.get(address))
        assert "not started" in page
        body = page.lower().split("<footer")[0].split("<main")[1]
        for stage in PassportStage:  # the stage itself is no secret
            body = body.replace(str(stage.label), "")
        for word in ("talk", "ds-11", "document", "answers"):
            assert word not in body


def test_an_advisor_says_that_the_passport_was_seen_and_takes_it_back(advisor, placement):
    first_passport(placement)
    checklist.move_stage(placement.passport_case, PassportStage.IN_HAND, by=placement.application.student)
    seen = passport_url("passport-stage", placement)
    assert "Enter the date the passport expires." in text(advisor.post(seen, {"expires_on": ""}))
    response = advisor.post(seen, {"expires_on": in_days(30).isoformat()}, follow=True)
    assert "the passport has to be valid until" in text(response)
    assert "Saved: you’ve seen the passport." in text(
        advisor.post(seen, {"expires_on": in_days(2000).isoformat()}, follow=True)
    )
    assert case_of(placement).stage == PassportStage.CHECKED
    advisor.post(seen, {"undo": "1"})
    assert case_of(placement).stage == PassportStage.IN_HAND
    advisor.post(seen, {"undo": "1"})
    assert case_of(placement).stage == PassportStage.IN_HAND


def test_seen_in_the_row_keeps_the_filters(advisor, placement):
    step = item(placement, "emergency").step
    step.needs_verification = True
    step.save()
    checklist.mark_done(item(placement, "emergency"), by=placement.application.student)
    assert "Seen: Tell us who to call" in text(advisor.get(reverse("travel:checklist-list")))
    response = advisor.post(url("checklist-item-verify", placement, key="emergency"), {"list": "late=1"})
    assert response["Location"] == reverse("travel:checklist-list") + "?late=1"
    assert item(placement, "emergency").verified_by
    assert "Seen: Tell us who to call" not in text(advisor.get(reverse("travel:checklist-list")))


def students(response):
    return [row["placement"] for row in response.context["rows"]]


def test_the_list_begins_with_the_least_slack_and_ends_with_who_is_done(office):
    trip = TripFactory()
    relaxed = PassportCaseFactory(placement=PlacementFactory(trip=trip), documents_by=in_days(40))
    late = PassportCaseFactory(placement=PlacementFactory(trip=trip), documents_by=in_days(-2))
    done = PassportCaseFactory(
        placement=PlacementFactory(trip=trip),
        stage="checked",
        checked_at=timezone.now(),
        checked_by=UserFactory(),
    )
    response = office.get(reverse("travel:checklist-list"))
    assert students(response) == [late.placement, relaxed.placement, done.placement]
    assert "2 days late" in text(response)
    assert "1 student is late" in text(response)


def test_every_head_of_the_list_sorts(office, placement):
    other = PlacementFactory(trip=placement.trip)
    checklist.open_for(other, by=other.placed_by)
    behind, ahead = case_of(placement), case_of(other)
    PassportCase.objects.filter(pk=behind.pk).update(stage="gathering")
    PassportCase.objects.filter(pk=ahead.pk).update(stage="applied")
    proof = ChecklistItem.objects.filter(placement=other, step__needs_verification=True).first()
    ChecklistItem.objects.filter(pk=proof.pk).update(done_at=timezone.now(), done_by=other.placed_by)

    def codes(sort):
        page = office.get(reverse("travel:checklist-list"), {"sort": sort})
        assert all(head.href for head in page.context["list"].heads.values())
        return [row["application"] for row in page.context["rows"]]

    first, second = placement.application, other.application
    assert codes("passport") == [first, second] and codes("-passport") == [second, first]
    assert codes("done") == [first, second] and codes("-done") == [second, first]
    assert codes("-check") == [second, first] and codes("check") == [first, second]
    assert codes("slack") == codes("") and set(codes("-slack")) == {first, second}


def test_who_has_no_date_ahead_comes_last_either_way(office):
    trip = TripFactory()
    soon, later = (PassportCaseFactory(placement=PlacementFactory(trip=trip), documents_by=in_days(n)) for n in (3, 9))
    seen = {"stage": "checked", "checked_at": timezone.now(), "checked_by": UserFactory()}
    done = PassportCaseFactory(placement=PlacementFactory(trip=trip), **seen)

    def found(sort):
        return students(office.get(reverse("travel:checklist-list"), {"sort": sort}))

    PassportCase.objects.filter(pk=soon.pk).update(last_safe_on=in_days(5))
    PassportCase.objects.filter(pk=later.pk).update(last_safe_on=in_days(12))
    PassportCase.objects.filter(pk=done.pk).update(last_safe_on=in_days(8))  # not shown: nothing is to do
    for column in ("next", "trip", "safe"):
        assert found(column) == [soon.placement, later.placement, done.placement], column
        assert found(f"-{column}") == [later.placement, soon.placement, done.placement], column


def test_the_filters_live_in_the_address(office):
    first, second = PlacementFactory(), PlacementFactory()
    PassportCaseFactory(placement=first, documents_by=in_days(-2))
    PassportCaseFactory(placement=second, stage="gathering")
    address = reverse("travel:checklist-list")
    assert students(office.get(address, {"late": "1"})) == [first]
    assert students(office.get(address, {"college": second.application.college.code})) == [second]
    assert students(office.get(address, {"trip": first.trip.code})) == [first]
    assert students(office.get(address, {"stage": "gathering"})) == [second]
    assert len(students(office.get(address, {"stage": "nonsense", "trip": "nope"}))) == 2


def test_an_advisor_lists_the_own_college_and_no_trip_that_is_home(sign_in):
    advisor = UserFactory(advisor=True)
    college = advisor.roles.get().college
    own = PlacementFactory(application__college=college)
    for placement in (own, PlacementFactory(), PlacementFactory(returned=True, application__college=college)):
        PassportCaseFactory(placement=placement)
    assert students(sign_in(advisor).get(reverse("travel:checklist-list"))) == [own]


def test_the_empty_list_says_what_will_appear(office):
    assert "once they’ve confirmed their spot" in text(office.get(reverse("travel:checklist-list")))


def test_the_list_needs_the_same_queries_for_3_and_30_students(office, django_assert_max_num_queries):
    trip = TripFactory()
    step = checklist_steps(trip.cycle)[4]
    step.needs_verification = True
    step.save()
    address, counts = reverse("travel:checklist-list"), []
    for more in (3, 27):
        for _ in range(more):
            placement = PlacementFactory(trip=trip)
            PassportCaseFactory(placement=placement)
            ChecklistItemFactory(placement=placement, step=step, done=True)
        cache.clear()  # factories record no event, so the cached figures need clearing
        office.get(address)
        with django_assert_max_num_queries(10) as found:
            assert len(students(office.get(address))) == len(counts) * 27 + 3
        counts.append(len(found))
    assert counts[0] == counts[1]


def test_a_long_list_comes_in_pages(office):
    trip = TripFactory()
    for _ in range(51):
        PassportCaseFactory(placement=PlacementFactory(trip=trip))
    response = office.get(reverse("travel:checklist-list"), {"trip": trip.code})
    assert len(students(response)) == 50
    assert f"trip={trip.code}&amp;page=2" in text(response)


def test_values_past_their_review_are_a_task_for_the_office(office, advisor):
    address, words = reverse("travel:checklist-list"), "to be checked again"
    assert words not in text(office.get(address))
    Fact.objects.filter(key="passport.days.routine").update(review_on=in_days(-1))
    GuidanceFactory(review_on=in_days(-1))
    cache.clear()  # the list is cached until somebody acts
    assert f"2 values behind these dates need {words}." in text(office.get(address))
    assert words not in text(advisor.get(address))
