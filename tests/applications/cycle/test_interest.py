"""The interest list: left, confirmed, told once when a cycle opens, deleted; and the office's QR codes."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from applications.cycle.actions import interest as actions
from applications.cycle.views import interest_office
from applications.models import Cycle, Interest, InterestSource
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from exchange.templatetags.ui import short_year
from exchange.web import worklist
from tests.constraints import refused
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import CycleFactory, application_facts
from tests.signing import minutes_old
from travel.office.own_data.export_tables import TABLES
from travel.office.retention import erasing

pytestmark = pytest.mark.django_db
PAGE = reverse("applications:interest")
LIST, CODES = reverse("applications:interest-list"), reverse("applications:interest-codes")
ADDRESS = "marisol@example.edu"
CONFIRM, OPEN = "applications/interest_confirm", "applications/interest_open"


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    """Published, and opens in nine days."""
    now = timezone.now()
    times = {"opens_at": now + dt.timedelta(days=9), "closes_at": now + dt.timedelta(days=50)}
    return CycleFactory(ready=True, published_at=now, name_en="Spring 2030", name_es="Primavera de 2030", **times)


def opens(cycle):
    Cycle.objects.filter(pk=cycle.pk).update(opens_at=timezone.now() - dt.timedelta(minutes=1))


def leave(client, contact=ADDRESS, page=PAGE, **more):
    return client.post(page, {"contact": contact, **more})


def listed(email=ADDRESS, **more):
    more = {"language": "en", "expires_at": timezone.now() + dt.timedelta(days=9), **more}
    return Interest.objects.create(email=email, **more)


def waiting(email=ADDRESS, **more):
    return listed(email, confirmed_at=timezone.now(), **more)


def told(email=ADDRESS, **more):
    return waiting(email, told_at=timezone.now(), **more)


def messages(template):
    return Message.objects.filter(template=template).order_by("pk")


def path_in(message):
    return re.search(r"https?://[^/\s]+(/interest/link/\S+)", message.body)[1]


# --- Leaving an address -----------------------------------------------------------------------------


def test_who_can_apply_now_is_not_asked_to_wait_for_news(client):
    later = CycleFactory(upcoming=True)
    asked = f'href="{PAGE}"'
    assert asked in client.get(later.get_absolute_url()).text
    CycleFactory()
    assert asked not in client.get(later.get_absolute_url()).text


def test_an_address_is_on_the_list_once_its_owner_has_confirmed_and_gets_one_message(client, cycle):
    page = client.get(PAGE)
    assert "Spring 2030" in page.text and 'name="heard"' in page.text

    assert leave(client, "Marisol@Example.edu", heard="friend").url == reverse("applications:interest-sent")

    (row,), (mail,) = Interest.objects.all(), messages(CONFIRM)
    assert (row.email, row.heard, row.confirmed_at) == (ADDRESS, "friend", None)
    link = path_in(mail)
    assert "May we write to you?" in client.get(link).text
    assert not Interest.objects.waiting().exists(), "opening the link changes nothing"
    assert "on the list" in client.post(link, {"do": "confirm"}, follow=True).text
    client.post(link, {"do": "confirm"})
    assert actions.tell_all() == 0, "not open yet"

    opens(cycle)

    assert (actions.tell_all(), actions.tell_all()) == (1, 0)
    (told,) = messages(OPEN)
    assert told.address == ADDRESS and cycle.get_absolute_url() in told.body and link in told.body
    row.refresh_from_db()
    assert row.cycle == cycle and row.told_at


def test_the_log_has_it_when_an_account_confirms_what_was_left_before(client, sign_in, cycle):
    leave(client)
    sign_in(UserFactory(email=ADDRESS)).post(PAGE, {"contact": ADDRESS})

    assert Interest.objects.waiting().count() == 1
    said = Event.objects.filter(action__startswith="interest.").order_by("pk").values_list("action", flat=True)
    assert list(said) == ["interest.leave", "interest.confirm"]


def test_who_never_confirmed_is_not_told(client, cycle):
    leave(client)
    opens(cycle)

    assert actions.tell_all() == 0 and not messages(OPEN).exists()


def test_the_same_address_twice_is_one_row_and_one_message_an_hour_and_the_page_tells_nobody(client):
    first = leave(client)
    again = leave(client)
    assert messages(CONFIRM).count() == 1
    Interest.objects.update(sent_at=timezone.now() - dt.timedelta(hours=2))
    leave(client)
    assert messages(CONFIRM).count() == 2
    Interest.objects.update(confirmed_at=timezone.now(), sent_at=timezone.now() - dt.timedelta(hours=2))

    known = leave(client)

    assert first.url == again.url == known.url
    assert Interest.objects.count() == 1 and messages(CONFIRM).count() == 2


def test_the_message_is_in_the_language_of_the_page(client, cycle):
    client.cookies["language"] = "es"
    leave(client)
    client.post(path_in(messages(CONFIRM).get()), {"do": "confirm"})
    opens(cycle)
    actions.tell_all()

    assert {mail.language for mail in Message.objects.all()} == {"es"}
    assert "Primavera de 2030" in messages(OPEN).get().body


def test_a_phone_gets_texts_and_one_that_said_stop_gets_none(client, cycle):
    leave(client, "213 555 0134")
    (text,) = messages(CONFIRM)
    assert (text.channel, text.address) == ("text", "+12135550134")
    client.post(path_in(text), {"do": "confirm"})
    opens(cycle)

    actions.tell_all()

    assert messages(OPEN).get().channel == "text"


def test_whoever_is_signed_in_needs_no_link_for_their_own_address(sign_in):
    student = UserFactory(email=ADDRESS)
    client = sign_in(student)
    assert ADDRESS in client.get(PAGE).text

    assert leave(client).url == reverse("applications:interest-listed")
    assert leave(client, "someone@example.edu").url == reverse("applications:interest-sent")

    assert Interest.objects.waiting().get().email == ADDRESS
    assert [mail.address for mail in messages(CONFIRM)] == ["someone@example.edu"]


@pytest.mark.parametrize("contact", ["", "nobody", "a@b", "12"])
def test_what_is_no_address_is_refused_with_words(client, contact):
    page = leave(client, contact)

    assert page.status_code == 200 and "ex-error" in page.text
    assert not Interest.objects.exists()


def test_many_from_one_place_wait(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "leave_interest": "2/m/ip"}

    answers = [leave(client, f"a{number}@example.edu").status_code for number in range(3)]

    assert answers == [302, 302, 429] and Interest.objects.count() == 2


def test_without_a_planned_cycle_the_page_says_so_and_takes_an_address(client):
    assert "have a date yet" in client.get(PAGE).text
    assert leave(client).status_code == 302
    assert PAGE in client.get("/").text and PAGE in client.get(reverse("applications:cycle-list")).text


# --- While it opens ---------------------------------------------------------------------------------


def test_a_cycle_that_opens_while_someone_is_writing_sends_them_there_and_keeps_nothing(client, cycle):
    client.get(PAGE)
    opens(cycle)

    page = client.post(PAGE, {"contact": ADDRESS}, follow=True)

    assert page.redirect_chain[0][0] == cycle.get_absolute_url() and "keep your address" in page.text
    assert not Interest.objects.exists()
    with pytest.raises(RuleViolation) as error:
        actions.leave(email=ADDRESS, language="en")
    assert error.value.code == "open_now"


def test_who_confirms_after_it_opened_reads_so_and_gets_no_message(client, cycle):
    leave(client)
    opens(cycle)

    page = client.post(path_in(messages(CONFIRM).get()), {"do": "confirm"}, follow=True)

    assert "Applications are open" in page.text and cycle.get_absolute_url() in page.text
    assert actions.tell_all() == 0


def test_who_was_told_of_one_cycle_can_ask_for_the_next(client, cycle):
    waiting(cycle=cycle, told_at=timezone.now())

    leave(client)

    row = Interest.objects.get()
    assert (row.told_at, row.confirmed_at, row.cycle) == (None, None, None) and messages(CONFIRM).exists()


def test_a_message_that_waits_is_dropped_once_the_address_is_deleted(cycle):
    row = waiting()
    opens(cycle)
    actions.tell_all()
    assert actions.is_still_due(str(row.pk))

    actions.remove(row, by=None)

    assert not actions.is_still_due(str(row.pk))
    assert messages(OPEN).get().still_due == f"{actions.DUE_NAME}:{row.pk}"


# --- Deleting ---------------------------------------------------------------------------------------


def test_the_owner_deletes_the_address_with_one_tap(client):
    leave(client)
    link = path_in(messages(CONFIRM).get())

    page = client.post(link, {"do": "remove"})

    assert "deleted" in page.text and not Interest.objects.exists()
    gone = client.get(link)
    assert gone.status_code == 404 and "no longer works" in gone.text
    assert gone.headers["X-Robots-Tag"] == "noindex"
    assert client.get(reverse("applications:interest-link", args=["forged.token"])).status_code == 404


def test_addresses_are_forgotten_after_the_message_without_a_confirmation_and_after_long_waiting():
    long_ago = timezone.now() - dt.timedelta(days=31)
    kept = waiting("kept@example.edu", asked_at=long_ago)
    listed("fresh@example.edu")
    waiting("told@example.edu", told_at=long_ago, asked_at=long_ago)
    listed("never@example.edu", asked_at=long_ago)

    assert actions.forget(days=30, dry_run=True) == 2
    assert actions.forget(days=30) == 2
    assert set(Interest.objects.values_list("email", flat=True)) == {kept.email, "fresh@example.edu"}
    assert actions.forget_waiting(days=30) == 1
    assert Interest.objects.get().email == "fresh@example.edu"


def test_an_account_that_is_erased_takes_its_address_off_and_a_copy_of_the_data_has_it():
    student, other = UserFactory(email=ADDRESS), UserFactory(email=None, phone="+12135550134")
    listed()
    listed("", phone="+12135550134")
    listed("other@example.edu")
    rows = TABLES["applications.Interest"].rows
    assert [row.email for row in rows(student)] == [ADDRESS] and [row.email for row in rows(other)] == [""]

    erasing.erase_people([student.pk, other.pk])

    assert Interest.objects.get().email == "other@example.edu"


# --- The office -------------------------------------------------------------------------------------


def test_a_qr_code_says_where_people_come_from(client, office, sign_in, cycle):
    college = CollegeFactory(name="Harbor College")
    desk = sign_in(office)
    made = desk.post(CODES, {"name": "Club fair", "college": college.pk})
    source = InterestSource.objects.get()
    assert made.url == source.get_absolute_url()
    desk.post(CODES, {"name": "Club fair", "college": college.pk})
    assert InterestSource.objects.count() == 1
    scanned = reverse("applications:interest-from", args=[source.code])
    assert 'name="heard"' not in client.get(scanned).text, "the code has said where"

    leave(client, page=scanned)
    waiting("b@example.edu", source=source)
    waiting("c@example.edu", heard="online")
    listed("d@example.edu", heard="online")
    told("e@example.edu", heard="online")

    codes, page = desk.get(CODES), desk.get(LIST)
    (row,) = codes.context["sources"]
    assert (row.waiting, row.told) == (1, 0)
    (row,) = codes.context["heard"]
    assert (row["label"], row["waiting"], row["told"]) == ("Online", 1, 1)
    assert f'href="{LIST}?source={source.code}&amp;state=waiting"' in codes.text and "Harbor College" in codes.text
    assert page.context["counts"] == {"waiting": 2, "unconfirmed": 2, "told": 1}
    assert ADDRESS in page.text and "Club fair" in page.text and "Spring 2030" in page.text


def test_each_figure_of_the_codes_leads_to_as_many_people(office, sign_in, people):
    listed("emi@example.edu", heard="online")
    desk = sign_in(office)

    links = re.findall(rf'<a href="{LIST}\?([^"]+)">(\d+)</a>', desk.get(CODES).text)

    assert len(links) == 2 * 4, "two codes, and two ways without one"
    for query, count in links:
        found = desk.get(f"{LIST}?{query.replace('&amp;', '&')}").context["page_obj"]
        assert found.paginator.count == int(count), query


@pytest.mark.parametrize(("kind", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF-1.")])
def test_a_code_is_downloaded_to_print(office, sign_in, kind, begins):
    source = actions.make_source("Club fair", None, by=office)

    file = sign_in(office).get(reverse("applications:interest-code", args=[source.code, kind]))

    assert file.content.startswith(begins)
    assert file.headers["Content-Disposition"].endswith(f'.{kind}"')
    assert sign_in(office).get(reverse("applications:interest-code", args=[source.code, "exe"])).status_code == 404


def test_a_poster_has_both_languages_and_the_link(office, sign_in):
    source = actions.make_source("Club fair", None, by=office)

    page = sign_in(office).get(reverse("applications:interest-poster", args=[source.code])).text

    assert 'lang="en"' in page and 'lang="es"' in page and source.link in page


def test_a_code_that_has_ended_or_never_was_still_opens_the_list(client, office, sign_in):
    source = actions.make_source("Club fair", None, by=office)
    sign_in(office).post(reverse("applications:interest-source-end", args=[source.code]))

    for code in (source.code, "ZZZZZZZZ"):
        assert leave(client, f"{code}@example.edu", page=reverse("applications:interest-from", args=[code])).url
    assert set(Interest.objects.values_list("source", flat=True)) == {None}


def test_the_office_deletes_an_address(office, sign_in):
    row = listed()

    client, other = sign_in(office), listed("b@example.edu")
    page = client.get(f"{reverse('applications:interest-person', args=[row.code])}?state=unconfirmed")
    assert 'name="query" value="state=unconfirmed"' in page.text and ADDRESS in page.text

    back = client.post(reverse("applications:interest-remove", args=[row.code]), {"query": "state=unconfirmed"})

    assert Interest.objects.get() == other
    assert back.url == f"{LIST}?state=unconfirmed"


# --- The office's list --------------------------------------------------------------------------------


@pytest.fixture
def people(office, cycle):
    """By what they are called here: each has another state, source and day."""
    harbor, valley = CollegeFactory(name="Harbor College"), CollegeFactory(name="Valley College")
    fair, library = (actions.make_source(*each, by=office) for each in (("Fair", harbor), ("Library", valley)))
    ago = [timezone.now() - dt.timedelta(days=days) for days in range(5)]
    of_cycle = {"told_at": ago[0], "cycle": cycle}
    return {
        "ana": waiting("ana@example.edu", source=fair, asked_at=ago[3]),
        "ben": listed("ben@example.edu", source=library, asked_at=ago[1], language="es"),
        "cai": waiting("cai@example.edu", heard="online", asked_at=ago[2], **of_cycle),
        "dee": waiting("", phone="+12135550134", asked_at=ago[4]),
    }


def shown(client, people, **query):
    names = {row.pk: name for name, row in people.items()}
    return [names[row.pk] for row in client.get(LIST, query).context["page_obj"]]


def test_the_list_is_searched_and_filtered_from_its_address(office, sign_in, people, cycle):
    client = sign_in(office)
    sources = {source.name: source.code for source in InterestSource.objects.all()}
    harbor = people["ana"].source.college.code

    assert shown(client, people, q="ana@") == ["ana"]
    assert shown(client, people, q="(213) 555-0134") == ["dee"]
    assert shown(client, people, state="waiting") == ["ana", "dee"]
    assert shown(client, people, state="unconfirmed") == ["ben"]
    assert shown(client, people, state="told") == ["cai"]
    assert shown(client, people, source=sources["Library"]) == ["ben"]
    assert shown(client, people, college=harbor) == ["ana"]
    assert shown(client, people, heard="online") == ["cai"]
    assert shown(client, people, heard="unsaid") == ["dee"]
    assert shown(client, people, cycle=cycle.code) == ["cai"]
    assert shown(client, people, state="waiting", heard="unsaid") == ["dee"]
    assert shown(client, people, state="?", source="ZZZZZZZZ", heard="?", q="") == ["ben", "cai", "ana", "dee"]
    page = client.get(LIST, {"state": "waiting", "heard": "unsaid"})
    assert [(chip.label, chip.value) for chip in page.context["list"].chips] == [
        ("Status", "waiting"),
        ("Without a QR code", "They didn’t say"),
    ]


def test_every_head_of_the_list_sorts(office, sign_in, people):
    client = sign_in(office)

    assert shown(client, people) == ["ben", "cai", "ana", "dee"], "the newest first"
    assert shown(client, people, sort="since") == ["dee", "ana", "cai", "ben"]
    assert shown(client, people, sort="address") == ["dee", "ana", "ben", "cai"]
    assert shown(client, people, sort="-address") == ["cai", "ben", "ana", "dee"]
    assert shown(client, people, sort="language") == ["dee", "ana", "cai", "ben"]
    assert shown(client, people, sort="where") == ["ana", "ben", "cai", "dee"]
    assert shown(client, people, sort="-college") == ["ben", "ana", "cai", "dee"]
    assert shown(client, people, sort="state") == ["dee", "ana", "ben", "cai"]
    assert shown(client, people, sort="-state", q="example.edu") == ["cai", "ben", "ana"]


def test_an_address_is_looked_at_beside_the_list_with_the_day_on_which_it_goes(office, sign_in, people, cycle):
    client = sign_in(office)
    assert f'data-peek="{beside(people["ana"])}?state=waiting"' in client.get(LIST, {"state": "waiting"}).text

    texts = {name: " ".join(client.get(beside(row)).text.split()) for name, row in people.items()}

    assert "one message when applications open" in texts["ana"] and "Harbor College" in texts["ana"]
    assert "unless they confirm" in texts["ben"] and "Spring 2030" in texts["cai"]
    days = {
        "ana": people["ana"].asked_at + dt.timedelta(days=730),
        "cai": people["cai"].told_at + dt.timedelta(days=30),
    }
    assert all(short_year(day) in texts[name] for name, day in days.items())
    assert "<html" not in texts["ana"] and "#delete" in texts["ana"]
    Interest.objects.update(told_at=None, asked_at=timezone.now() - dt.timedelta(days=800))
    assert "at the next cleanup" in client.get(beside(people["ana"])).text, "never a day that has passed"


def beside(row):
    return reverse("applications:interest-peek", args=[row.code])


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_the_list_shows_is_taken_along_after_a_fresh_proof_and_is_in_the_log(office, sign_in, people, form):
    client = sign_in(office)
    given = {"query": "state=waiting&q=example&sort=address", "format": form}
    address = reverse("applications:interest-file")

    file = client.post(address, given)

    content = b"".join(file.streaming_content)
    assert file.headers["Content-Disposition"].endswith(f'.{form}"')
    if form == "csv":
        head, *lines = content.decode("utf-8-sig").splitlines()
        assert head.startswith("Email or phone,Language,How they heard about it,College,Since,Status")
        assert len(lines) == 1 and lines[0].startswith("ana@example.edu,English,Fair,Harbor College,")
    event = Event.objects.get(action="interest.download")
    assert (event.by, event.changes) == (office, {"query": "state=waiting&q=*&sort=address", "rows": 1})

    minutes_old(client, 120)
    assert "reauthenticate" in client.post(address, given).url
    assert Event.objects.filter(action="interest.download").count() == 1


def test_a_file_that_cannot_have_everyone_says_so(office, sign_in, people, monkeypatch):
    client, text = sign_in(office), "It has the first 3 rows only."
    for module in (worklist, interest_office):
        monkeypatch.setattr(module, "FILE_ROWS", 3)

    assert text in client.get(LIST).text
    assert text not in client.get(LIST, {"state": "waiting"}).text
    file = client.post(reverse("applications:interest-file"), {"query": "", "format": "csv"})
    assert len(b"".join(file.streaming_content).splitlines()) == 4


def test_who_may_not_set_up_cycles_sees_no_address(client, people):
    client.force_login(UserFactory(advisor=CollegeFactory()))
    code = people["ana"].code
    for name in ("interest-person", "interest-peek"):
        assert client.get(reverse(f"applications:{name}", args=[code])).status_code == 403
    assert client.post(reverse("applications:interest-file"), {"format": "csv"}).status_code == 403


def test_queries_do_not_grow_with_the_list(office, sign_in, django_assert_max_num_queries):
    client = sign_in(office)
    for number in range(60):
        source = actions.make_source(f"Fair {number}", None, by=office)
        waiting(f"a{number}@example.edu", source=source)

    for query in ({}, {"q": "a1"}, {"sort": "where"}, {"heard": "online"}, {"state": "waiting", "sort": "address"}):
        cache.clear()
        with django_assert_max_num_queries(10):
            client.get(LIST, query)
    with django_assert_max_num_queries(10):
        client.get(CODES)


def test_constraints(office):
    row = waiting()
    rows = Interest.objects.all()
    refused("interest_has_one_address", lambda: rows.update(phone="+12135550134"))
    refused("interest_told_only_once_confirmed", lambda: rows.update(confirmed_at=None, told_at=timezone.now()))
    refused("interest_email_once", lambda: listed(row.email))
    listed("", phone="+12135550134")
    refused("interest_phone_once", lambda: listed("", phone="+12135550134"))
    refused("interestsource_has_a_name", lambda: InterestSource.objects.create(name="", created_by=office))
