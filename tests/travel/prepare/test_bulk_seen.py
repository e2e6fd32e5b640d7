"""The list of passports and checklists as a worklist: found, sorted, taken as a file, and many steps seen at once."""

from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.urls import reverse

from applications.apply.actions import bulk_act as actions
from applications.models import BulkAct, Disclosure
from exchange.models import Event, Role, User
from tests.factories import UserFactory
from tests.factories_applications import application_facts, review_facts
from tests.factories_travel import (
    ChecklistItemFactory,
    PassportCaseFactory,
    PlacementFactory,
    TripFactory,
    checklist_steps,
    in_days,
    travel_facts,
)
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist import staff_list

pytestmark = pytest.mark.django_db
LIST, FILE = reverse("travel:checklist-list"), reverse("travel:checklist-file")


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def step():
    step = checklist_steps(TripFactory().cycle)[4]
    step.needs_verification = True
    step.save()
    return step


def traveler(step, name, **item):
    placement = PlacementFactory(trip__cycle=step.cycle, application__student__full_name=name)
    PassportCaseFactory(placement=placement, documents_by=in_days(len(name)))
    ChecklistItemFactory(placement=placement, step=step, **item)
    return placement


def names(page):
    return [str(row["application"].student) for row in page.context["rows"]]


def begun(office, sign_in, seats):
    given = {"place": "checklists", "act": "verify", "row": [seat.application.code for seat in seats]}
    client = sign_in(office)
    client.post(reverse("applications:bulk-act-begin"), given)
    return client, BulkAct.objects.get()


def confirm(client, bulk, step):
    seen = client.get(bulk.get_absolute_url()).context["seen"]
    client.post(bulk.get_absolute_url(), {"seen": seen, "step": step.key})
    actions.do_all()


def verified(seats):
    return [bool(seat.checklist_items.get().verified_at) for seat in seats]


def test_many_are_seen_at_once_and_one_undo_takes_it_back(office, step, sign_in):
    seats = [traveler(step, "Ana", done=True), traveler(step, "Bea", done=True), traveler(step, "Cai")]
    client, bulk = begun(office, sign_in, seats)
    page = client.get(bulk.get_absolute_url())
    assert "Nothing of theirs waits to be looked at." in page.text
    assert f"{step.title} (2)" in page.text
    confirm(client, bulk, step)
    assert verified(seats) == [True, True, False]
    client.post(reverse("applications:bulk-act-undo", args=[bulk.code]))
    actions.do_all()
    assert verified(seats) == [False, False, False]


def test_what_a_colleague_looked_at_meanwhile_stays_theirs(office, step, sign_in):
    seat, other = traveler(step, "Ana", done=True), traveler(step, "Bea", done=True)
    client, bulk = begun(office, sign_in, [seat, other])
    confirm(client, bulk, step)
    item = seat.checklist_items.get()
    checklist.undo_verify(item, by=office)
    checklist.verify_item(item, by=UserFactory(coordinator=True))
    client.post(reverse("applications:bulk-act-undo", args=[bulk.code]))
    actions.do_all()
    assert verified([seat, other]) == [True, False]
    assert "Someone else has looked at this since" in client.get(bulk.get_absolute_url()).text


def test_whoever_an_advisor_may_no_longer_see_is_counted_as_the_list_changes(step, sign_in):
    seats = [traveler(step, name, done=True) for name in ("Ana", "Bea")]
    colleges = [seat.application.college for seat in seats]
    advisor = UserFactory(advisor=colleges[0])
    advisor.roles.create(kind=Role.Kind.ADVISOR, college=colleges[1])
    client, bulk = begun(advisor, sign_in, seats)
    given = {"seen": client.get(bulk.get_absolute_url()).context["seen"], "step": step.key}
    advisor.roles.filter(college=colleges[1]).delete()

    page = sign_in(User.objects.get(pk=advisor.pk)).post(bulk.get_absolute_url(), given)

    assert "No longer on the list: 1 student whose file you may no longer see." in page.text
    assert "Ana" in page.text and "Bea" not in page.text
    assert verified(seats) == [False, False]


def test_a_file_is_not_seen_in_passing(office, step, sign_in):
    step.evidence = step.Evidence.FILE
    step.save()
    client, bulk = begun(office, sign_in, [traveler(step, "Ana", done=True)])
    assert "This can’t be done for any of these students" in client.get(bulk.get_absolute_url()).text


def test_the_list_is_searched_and_sorted(office, step, sign_in):
    for name in ("Zoila", "Ana", "Beatriz"):
        traveler(step, name)
    client = sign_in(office)
    assert names(client.get(LIST)) == ["Ana", "Zoila", "Beatriz"], "the least time left first"
    assert names(client.get(LIST, {"sort": "-name"})) == ["Zoila", "Beatriz", "Ana"]
    assert names(client.get(LIST, {"q": "beat"})) == ["Beatriz"]
    assert names(client.get(LIST, {"q": "%"})) == []


def test_the_list_says_how_much_is_done_and_what_waits_to_be_seen(office, step, sign_in):
    seat, other = traveler(step, "Ana", done=True), traveler(step, "Zoila")
    ChecklistItemFactory(placement=seat, step=checklist_steps(step.cycle)[5])
    rows = {row["placement"]: row for row in sign_in(office).get(LIST).context["rows"]}
    assert [(rows[each]["done"], rows[each]["total"], len(rows[each]["to_verify"])) for each in (seat, other)] == [
        (1, 2, 1),
        (0, 1, 0),
    ]


def test_an_act_on_the_whole_list_is_for_those_whom_its_filters_find(office, step):
    ana, zoila = traveler(step, "Ana"), traveler(step, "Zoila")
    advisor = UserFactory(advisor=ana.application.college)

    def found(user, **query):
        rows = staff_list.applications_on(QueryDict(urlencode(query)), user)
        return {each.placement for each in rows}

    assert found(office) == {ana, zoila}
    assert found(office, q="zoi") == found(office, college=zoila.application.college.code) == {zoila}
    assert found(office, trip=ana.trip.code) == {ana}
    assert found(advisor) == {ana} and found(UserFactory()) == set()


def test_the_file_has_what_the_list_has_and_is_on_record(office, step, sign_in):
    for name in ("Zoila", "Wenceslao"):
        traveler(step, name)
    answer = sign_in(office).post(FILE, {"query": "q=zoila", "format": "csv"})
    text = b"".join(answer.streaming_content).decode()
    assert "Zoila" in text
    assert "Wenceslao" not in text
    assert Disclosure.objects.count() == 1
    assert Event.objects.get(action="checklist.download").changes["rows"] == 1


def test_an_advisor_gets_the_own_college_alone(step, sign_in):
    seat = traveler(step, "Ana")
    traveler(step, "Zoila")
    advisor = UserFactory(advisor=seat.application.college)
    answer = sign_in(advisor).post(FILE, {"query": "", "format": "csv"})
    assert "Zoila" not in b"".join(answer.streaming_content).decode()
