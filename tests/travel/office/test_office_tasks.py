"""Tasks of the office: opened once, on the first page and on the page they are about, done by a person, kept."""

import csv
import datetime as dt
import io

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from applications.models import LegalHold
from exchange.base import office_tasks
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.models import Event, OfficeTask, RetentionRule
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import application_facts, review_facts
from tests.factories_travel import TripFactory, travel_facts
from tests.signing import minutes_old
from travel.base import task_rows
from travel.office.retention import erasing, purge

pytestmark = pytest.mark.django_db
LIST = reverse("travel:office-task-list")
KIND = "test.cancel_ticket"


@pytest.fixture(autouse=True)
def words(monkeypatch):
    application_facts()
    review_facts()
    travel_facts()
    monkeypatch.setattr(office_tasks, "_words", dict(office_tasks.kinds()))
    office_tasks.register(KIND, "Cancel %(person)s’s ticket to %(city)s", "Ask the airline what it gives back.")


@pytest.fixture
def office():
    return UserFactory(coordinator=True, full_name="Renata Cruz")


def opened(key="k", *, days=5, **fields):
    due_on = timezone.localdate() + dt.timedelta(days=days)
    return office_tasks.open(key, KIND, due_on=due_on, params={"city": {"en": "Lima", "es": "Lima, Perú"}}, **fields)


def page_of(task):
    return reverse("travel:office-task", args=[task.code])


def test_the_same_key_opens_one_task(office):
    assert opened(by=office) == opened(days=9)
    assert OfficeTask.objects.count() == Event.objects.filter(action="office_task.open").count() == 1


def test_a_kind_without_words_is_a_mistake_of_the_code():
    with pytest.raises(KeyError, match=r"test\.unheard"):
        office_tasks.open("k", "test.unheard", due_on=timezone.localdate())


def test_a_task_is_worded_when_it_is_shown_in_the_language_of_the_reader():
    task = opened(person=UserFactory(full_name="Ana Ruiz"))
    assert office_tasks.words_of(task).title == "Cancel Ana Ruiz’s ticket to Lima"
    with translation.override("es"):
        assert str(office_tasks.words_of(task).title).endswith("Lima, Perú")


def test_a_kind_that_is_gone_is_shown_by_its_name():
    task = OfficeTask(kind="old.100%", due_on=timezone.localdate())
    assert office_tasks.words_of(task).title == "old.100%"


def test_nobody_is_late_for_what_was_just_opened():
    assert opened(days=-3).due_on == timezone.localdate()


def test_it_is_on_the_first_page_of_the_office_until_it_is_done(office, sign_in):
    trip = TripFactory()
    task = opened(owner=office)
    late = opened("late", days=0)
    OfficeTask.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - dt.timedelta(days=1))
    opened("theirs", owner=UserFactory(coordinator=True))
    client = sign_in(office)

    def duties():
        found = client.get(reverse("travel:pipeline"), {"cycle": trip.cycle.code}).context["duties"]
        return {duty.key: (duty.count, duty.href) for duty in found if duty.key.startswith("tasks")}

    assert duties() == {"tasks": (1, LIST), "tasks_late": (1, LIST)}
    client.post(page_of(task), {"note": "The airline gives $310 back."})
    task.refresh_from_db()
    assert (task.done_by, task.note) == (office, "The airline gives $310 back.")
    assert duties() == {"tasks_late": (1, LIST)}


def test_the_list_shows_ones_own_and_those_of_nobody(office, sign_in):
    mine, anyones = opened("mine", owner=office), opened("anyone")
    theirs, done = opened("theirs", owner=UserFactory(coordinator=True)), opened("done")
    office_tasks.finish(done, by=office)
    client = sign_in(office)

    def listed(which):
        return {row.task for row in client.get(LIST, {"list": which}).context["rows"]}

    assert (listed(""), listed("all"), listed("done")) == ({mine, anyones}, {mine, anyones, theirs}, {done})


def test_tasks_are_searched_filtered_sorted_and_taken_along(office, sign_in):
    """By whom they're about, the words of their kind, and what was done; the file has what the list has."""
    ana = UserFactory(full_name="Ana Ángel")
    late, soon = opened("late", days=1, person=ana, owner=office), opened("soon", days=3)
    far, done = opened("far", days=30, owner=UserFactory(coordinator=True)), opened("done", person=ana)
    OfficeTask.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - dt.timedelta(days=1))
    office_tasks.finish(done, note="The airline said no.", by=office)
    client = sign_in(office)

    def listed(**query):
        return [row.task for row in client.get(LIST, {"list": "all", **query}).context["rows"]]

    assert listed() == [late, soon, far]
    assert listed(sort="-due") == [far, soon, late]
    assert listed(sort="about")[0] == listed(sort="-about")[0] == late  # those about nobody, or for anyone, come last
    assert listed(sort="owner")[-1] == listed(sort="-owner")[-1] == soon
    assert listed(q="angel") == listed(due="late") == listed(owner=office.code) == [late]
    assert listed(q="cancel ticket", due="week") == [soon]
    assert listed(q="%") == []
    assert listed(list="done", q="airline said") == listed(list="done", owner=office.code) == [done]
    assert listed(list="done", due="late") == [done]  # no filter of what is done

    download = reverse("travel:office-task-file")
    response = client.post(download, {"query": "list=all&due=late", "format": "csv"})
    rows = list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    assert [row[:3] for row in rows[1:]] == [["Cancel Ana Ángel’s ticket to Lima", "Ana Ángel", "Renata Cruz"]]
    assert Event.objects.get(action="office_task.download").changes == {"query": "list=all&due=late", "rows": 1}
    minutes_old(client, 30)
    assert reverse("account_reauthenticate") in client.post(download, {"query": "", "format": "csv"}).url


def test_due_today_is_not_late(office, sign_in):
    today, yesterday = opened("today", days=1), opened("yesterday", days=1)
    for task, days in ((today, 0), (yesterday, 1)):
        OfficeTask.objects.filter(pk=task.pk).update(due_on=timezone.localdate() - dt.timedelta(days=days))
    page = sign_in(office).get(LIST, {"due": "late"})
    assert [row.task for row in page.context["rows"]] == [yesterday]
    assert [row.is_late for row in sign_in(office).get(LIST).context["rows"]] == [True, False]


def test_beside_the_list_a_task_is_done_and_given_away_and_the_list_stays_as_it_was(office, sign_in):
    task, other, colleague = opened("a"), opened("b"), UserFactory(coordinator=True)
    client, query = sign_in(office), "list=all&sort=-due"
    beside = client.get(f"{reverse('travel:office-task-peek', args=[task.code])}?{query}").text
    assert "Ask the airline what it gives back." in beside and "<html" not in beside
    assert 'value="list=all&amp;sort=-due"' in beside

    back = client.post(page_of(task), {"note": "Called.", "query": query})
    assert back.url == f"{LIST}?{query}"
    assert "where you can undo it" in client.get(back.url).text
    given = {"owner": colleague.pk, "query": query}
    assert client.post(reverse("travel:office-task-assign", args=[other.code]), given).url == f"{LIST}?{query}"
    too_long = client.post(page_of(other), {"note": "x" * 501, "query": query}).text
    assert "There’s a problem" in too_long and 'value="list=all&amp;sort=-due"' in too_long


def test_the_list_takes_as_many_queries_for_many_tasks(office, sign_in, django_assert_max_num_queries):
    client = sign_in(office)
    for number in range(3):
        opened(f"few{number}", person=UserFactory(), owner=office)
    with django_assert_max_num_queries(10) as few:
        client.get(LIST, {"list": "all"})
    for number in range(20):
        opened(f"many{number}", person=UserFactory(), owner=UserFactory(coordinator=True))
    with django_assert_max_num_queries(10) as many:
        client.get(LIST, {"list": "all"})
    assert len(many) == len(few)


def test_a_task_is_given_to_someone_at_the_office_and_back(office, sign_in):
    task, colleague, stranger = opened(), UserFactory(coordinator=True), UserFactory()
    client = sign_in(office)
    give = reverse("travel:office-task-assign", args=[task.code])

    client.post(give, {"owner": colleague.pk})
    task.refresh_from_db()
    assert task.owner == colleague
    client.post(give, {"owner": stranger.pk})
    task.refresh_from_db()
    assert task.owner == colleague
    client.post(give, {"owner": ""})
    task.refresh_from_db()
    assert task.owner is None
    with pytest.raises(RuleViolation) as raised:
        office_tasks.assign(task, stranger, by=office)
    assert raised.value.code == "not_staff"


def test_done_by_mistake_is_undone(office, sign_in):
    task = office_tasks.finish(opened(), note="Called.", by=office)
    with pytest.raises(RuleViolation) as raised:
        office_tasks.assign(task, office, by=office)
    assert raised.value.code == "closed"

    sign_in(office).post(reverse("travel:office-task-undo", args=[task.code]))

    task.refresh_from_db()
    assert task.is_open and task.note == "Called."


def test_a_decision_that_is_undone_takes_its_open_tasks_along(office):
    done, still = opened("a", source="x.y:A"), opened("b", source="x.y:A")
    office_tasks.finish(done, by=office)
    with transaction.atomic():
        assert office_tasks.drop("x.y:A", by=office) == 1

    still.refresh_from_db()
    assert still.dropped_at and not OfficeTask.objects.open().exists()
    with pytest.raises(RuleViolation) as raised:
        office_tasks.finish(still, by=office)
    assert raised.value.code == "closed"


def test_the_page_of_a_trip_lists_its_tasks_for_the_office_alone(office, sign_in, django_assert_max_num_queries):
    trip = TripFactory()
    task, other = opened("a", about=key_of(trip), person=UserFactory()), opened("b")
    done = office_tasks.finish(opened("c", about=key_of(trip)), by=office)

    page = sign_in(office).get(trip.get_absolute_url())
    assert [row.task for row in page.context["tasks"]] == [task, done]
    assert page_of(task) in page.text and page_of(other) not in page.text
    assert office.role_rows  # read once per request, before any page
    with django_assert_max_num_queries(1):
        task_rows.about(trip, office)
    assert page_of(task) not in sign_in(UserFactory(advisor=True)).get(trip.get_absolute_url()).text


def test_a_closed_task_goes_after_its_time_and_an_open_one_never_does(office):
    FactFactory(key="retention.test_tasks", value=100, unit="days")
    day = timezone.localdate()
    fields = {"source_name": "s", "as_of": day, "review_on": day}
    RetentionRule.objects.create(key="office_tasks", order=1, fact_key="retention.test_tasks", **fields)
    held = UserFactory()
    LegalHold.objects.create(student=held, reason="A claim.", placed_by=office)
    old, kept, still = opened("a"), opened("b", person=held), opened("c")
    for task in (old, kept):
        office_tasks.finish(task, by=office)
    OfficeTask.objects.update(opened_at=timezone.now() - dt.timedelta(days=200))
    OfficeTask.objects.done().update(done_at=timezone.now() - dt.timedelta(days=101))

    assert [(each.key, each.count) for each in purge.run(dry_run=True)] == [("office_tasks", 1)]
    purge.run()

    assert set(OfficeTask.objects.all()) == {kept, still}


def test_tasks_about_a_person_go_with_the_account():
    person = UserFactory()
    opened(person=person)
    erasing.erase_people([person.pk])
    assert not OfficeTask.objects.exists()
