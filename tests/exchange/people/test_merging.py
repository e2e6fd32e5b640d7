"""Two accounts of one student become one, by two people of the office, and two again for some hours."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import application
from applications.apply.actions import draft as drafts
from applications.models import Answer, Application, LegalHold, Question, ReaderProfile, Thread
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import AccessRecord, AccountMerge, Event, Message, OfficeTask, PastRole, Role, User
from exchange.people.merging import actions as merging
from exchange.people.merging import keys_to_people
from exchange.people.sign_in import accounts
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.factories_travel import ContactFactory, TripFactory
from tests.signing import ask_for_code, code_for, minutes_old, signed_in, type_code
from travel.office.own_data.export import data_of
from travel.office.retention import erasing
from travel.office.retention import outlived as retention

pytestmark = pytest.mark.django_db

REASON = "Called from the number of the other account"


@pytest.fixture
def ines():
    return UserFactory(coordinator=True, full_name="Ines Vega")


@pytest.fixture
def omar():
    return UserFactory(coordinator=True, full_name="Omar Diaz")


@pytest.fixture
def kept():
    return UserFactory(email="ana@example.edu", full_name="Ana Solis")


@pytest.fixture
def closed():
    return UserFactory(by_phone=True, full_name="Ana S.")


def ask(kept, closed, by):
    return merging.ask(kept, closed, reason=REASON, seen=merging.look(kept, closed).fingerprint, by=by)


def confirm(merge, by):
    merging.confirm(merge, seen=merging.look(merge.kept, merge.closed).fingerprint, by=by)


def merged(kept, closed, one, other):
    merge = ask(kept, closed, one)
    confirm(merge, other)
    for each in (merge, kept, closed):
        each.refresh_from_db()
    return merge


def refusal(act, *args, **kwargs):
    with pytest.raises(RuleViolation) as caught:
        act(*args, **kwargs)
    return caught.value.code


# --- Which keys move ----------------------------------------------------------------------------------


def test_each_key_to_a_person_has_one_decision():
    """A new model's key to a person belongs in one of the three: exchange.people.merging.keys_to_people."""
    decided = [*keys_to_people.MOVING, *keys_to_people.STAYING, *keys_to_people.OF_STAFF]
    assert len(decided) == len(set(decided))
    assert set(decided) == set(keys_to_people.names())


def test_each_key_that_is_unique_for_a_person_says_what_if_both_have_one():
    for name, how in keys_to_people.MOVING.items():
        model, field = keys_to_people.by_name(name)
        is_unique = model._meta.get_field(field).unique or any(field in each for each in model._meta.unique_together)
        assert not is_unique, f"{name}: write down how two of them become one"
        if name != "applications.Application.student":  # `applications.apply.actions.account_merge` joins them
            assert len(list(keys_to_people.uniques(name))) == (1 if how.both else 0), name


def test_no_key_of_an_append_only_table_moves(db):
    """The database refuses to change them."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            pytest.skip("triggers are of PostgreSQL")
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%_append_only'")
        logged = {table for (table,) in cursor.fetchall()}
    assert "exchange_event" in logged
    assert not logged & {keys_to_people.by_name(name)[0]._meta.db_table for name in keys_to_people.MOVING}


# --- Merging ------------------------------------------------------------------------------------------


def test_all_that_is_the_students_goes_along(ines, omar, kept, closed):
    application = ApplicationFactory(student=closed, submitted=True)
    thread = Thread.objects.create(application=application, student=closed, addressee="office")
    message = Message.objects.create(
        recipient=closed, channel="email", address="x@example.edu", subject="x", template="x", body="x"
    )

    merge = merged(kept, closed, ines, omar)

    for row, name in ((application, "student"), (thread, "student"), (message, "recipient")):
        row.refresh_from_db()
        assert getattr(row, name) == kept
    assert not closed.is_active and kept.phone and closed.phone is None
    assert merge.moved["keys"]["applications.Application.student"] == [application.pk]
    event = Event.objects.get(action="account.merge_done")
    assert (event.by, event.target_id, event.changes["closed"]) == (omar, kept.pk, closed.code)


def signs_in(address):
    """The account that a code to this address opens; None if it opens none."""
    phone = Client()
    ask_for_code(phone, address)
    if not Message.objects.filter(address=address, template="exchange/sign_in_code").exists():
        return None
    type_code(phone, code_for(address))
    return phone.get(reverse("account-detail")).wsgi_request.user if signed_in(phone) else None


def test_the_other_email_signs_in_to_the_account_that_stays(ines, omar, kept):
    other = UserFactory(email="ana.solis@example.org")
    merged(kept, other, ines, omar)
    assert signs_in("ana.solis@example.org") == kept
    assert not EmailAddress.objects.get(email="ana.solis@example.org").primary
    assert other.pk not in User.objects.filter(email="ana.solis@example.org").values_list("pk", flat=True)


def test_the_phone_signs_in_to_the_account_that_stays(ines, omar, kept, closed):
    number = closed.phone.as_e164
    merged(kept, closed, ines, omar)
    assert signs_in(number) == kept


def test_a_second_number_stays_and_opens_nothing(ines, omar, closed):
    kept = UserFactory(by_phone=True)
    numbers = kept.phone.as_e164, closed.phone.as_e164
    assert closed.phone.as_international in " ".join(merging.look(kept, closed).stays)
    merged(kept, closed, ines, omar)
    assert (kept.phone.as_e164, closed.phone.as_e164) == numbers
    assert signs_in(numbers[1]) is None


def test_an_email_that_nobody_confirmed_opens_nothing(ines, omar, kept):
    other = UserFactory(email="typo@example.org", confirmed=False)
    EmailAddress.objects.create(user=other, email="typo@example.org", primary=True)
    assert "typo@example.org" in " ".join(merging.look(kept, other).stays)
    merged(kept, other, ines, omar)
    assert signs_in("typo@example.org") is None


def test_the_preview_says_which_addresses_go_along_and_which_stay(kept):
    closed = UserFactory(email="ana.solis@example.org", phone="+12135550199")
    assert "ana.solis@example.org, to sign in with" in merging.look(kept, closed).moves
    assert "+1 213-555-0199, because it was never confirmed" in merging.look(kept, closed).stays
    closed.phone_verified_at = timezone.now()
    assert "+1 213-555-0199, to sign in with" in merging.look(kept, closed).moves
    closed.is_active = False
    assert merging.look(kept, closed).stops == [f"The account of {closed} is closed."]
    assert not merging.look(kept, closed).is_possible


def test_an_undo_gives_both_addresses_back(ines, omar, kept):
    at = timezone.now() - dt.timedelta(days=3)
    closed = UserFactory(email="ana.solis@example.org", phone="+12135550199", phone_verified_at=at)
    merge = merged(kept, closed, ines, omar)
    assert (kept.phone.as_e164, kept.phone_verified_at) == ("+12135550199", at)
    assert closed.email.endswith(merging.CLOSED_HOST) and closed.phone is None and closed.phone_verified_at is None
    assert merging.can_be_undone(merge)

    merging.undo(merge, by=omar)

    for each in (kept, closed, merge):
        each.refresh_from_db()
    assert (kept.phone, kept.phone_verified_at) == (None, None)
    assert (closed.email, closed.phone.as_e164, closed.phone_verified_at) == (
        "ana.solis@example.org",
        "+12135550199",
        at,
    )
    assert EmailAddress.objects.get(user=closed).primary and closed.is_active
    assert EmailAddress.objects.get(user=kept).email == kept.email
    assert (merge.undone_by, merging.can_be_undone(merge)) == (omar, False)
    event = Event.objects.get(action="account.merge_undone")
    assert (event.by, event.target_id, event.changes) == (omar, kept.pk, {"closed": closed.code})
    assert refusal(merging.undo, merge, by=omar) == "too_late"


def test_an_account_with_a_phone_alone_has_no_email_after_an_undo(ines, omar, kept, closed):
    number = closed.phone.as_e164
    merge = merged(kept, closed, ines, omar)
    merging.undo(merge, by=ines)
    closed.refresh_from_db()
    assert (closed.email, closed.phone.as_e164) == (None, number)


def test_an_account_whose_email_was_never_confirmed_keeps_it_after_an_undo(ines, omar, kept):
    closed = UserFactory(email="typo@example.org", confirmed=False)
    merging.undo(merged(kept, closed, ines, omar), by=ines)
    closed.refresh_from_db()
    assert closed.email == "typo@example.org" and closed.is_active


def test_an_address_that_was_changed_since_stays_where_it_is(ines, omar, kept, closed):
    merge = merged(kept, closed, ines, omar)
    User.objects.filter(pk=kept.pk).update(phone_verified_at=timezone.now())
    assert refusal(merging.undo, merge, by=ines) == "address_changed"
    other = UserFactory(email="ana.solis@example.org")
    merge = merged(kept, other, ines, omar)
    EmailAddress.objects.filter(email="ana.solis@example.org").delete()
    assert refusal(merging.undo, merge, by=ines) == "address_changed"


def test_who_may_undo_and_how_long(ines, omar, kept, closed):
    merge = merged(kept, closed, ines, omar)
    assert refusal(merging.undo, merge, by=kept) == "not_office"
    AccountMerge.objects.update(confirmed_at=timezone.now() - dt.timedelta(hours=25))
    merge.refresh_from_db()
    assert not merging.can_be_undone(merge)
    assert refusal(merging.undo, merge, by=ines) == "too_late"


def test_one_that_waits_is_found_from_either_side_until_it_expires(ines, kept, closed):
    merge = ask(kept, closed, ines)
    assert merging.open_for(kept) == merging.open_for(closed) == merge
    assert merging.open_for(UserFactory()) is None
    AccountMerge.objects.update(expires_at=timezone.now())
    assert merging.open_for(kept) is None
    again = ask(kept, closed, ines)  # makes room for the next
    merge.refresh_from_db()
    assert (merge.cancelled_by, merging.open_for(kept)) == (ines, again)


def test_the_student_still_sees_who_opened_the_files_of_the_closed_account(ines, omar, kept, closed, sign_in):
    AccessRecord.objects.create(student=closed, by=ines, role="office", what="file", about="AAAA2222")
    merged(kept, closed, ines, omar)
    client = sign_in(kept)
    assert "A file you uploaded" in client.get(reverse("travel:opened")).text
    assert [row["about"] for row in data_of(kept)["tables"]["exchange.AccessRecord"]] == ["AAAA2222"]
    assert AccessRecord.objects.visible_to(UserFactory()).count() == 0


def test_the_export_says_you_for_what_was_done_in_the_closed_account(ines, omar, kept, closed):
    audit.record("person.set_language", closed, by=closed)
    merged(kept, closed, ines, omar)
    events = data_of(User.objects.get(pk=kept.pk))["tables"]["exchange.Event"]
    assert [each["by"] for each in events if each["action"] == "person.set_language"] == ["you"]


def test_erasing_the_account_that_stays_erases_the_other(ines, omar, kept, closed):
    merged(kept, closed, ines, omar)
    assert not retention.accounts_due(0).filter(pk=closed.pk).exists()
    erasing.erase_people([kept.pk])
    closed.refresh_from_db()
    assert closed.full_name == erasing.GONE
    assert AccountMerge.objects.get().reason == erasing.GONE


def test_an_account_can_be_merged_into_a_third_one(ines, omar, kept, closed):
    application = ApplicationFactory(student=closed, submitted=True)
    first = merged(kept, closed, ines, omar)
    third = UserFactory()
    merged(third, kept, ines, omar)
    application.refresh_from_db()
    assert application.student == third
    assert set(User.objects.get(pk=third.pk).account_keys) == {third.pk, kept.pk, closed.pk}
    first.refresh_from_db()
    merging.undo(first, by=ines)
    application.refresh_from_db()
    assert application.student == closed


def test_it_takes_two_and_neither_is_the_person(ines, omar, kept, closed):
    merge = ask(kept, closed, ines)
    assert refusal(confirm, merge, ines) == "same_person"
    assert refusal(ask, kept, UserFactory(), omar) == "already_asked"
    assert refusal(ask, UserFactory(), UserFactory(), kept) == "not_office"
    AccountMerge.objects.update(expires_at=timezone.now())
    assert refusal(confirm, merge, omar) == "expired"
    assert User.objects.get(pk=closed.pk).is_active


def test_both_addresses_are_told_and_both_are_signed_out(ines, omar, kept, closed):
    phones = [Client(), Client()]
    for phone, address in zip(phones, (kept.email, closed.phone.as_e164), strict=True):
        ask_for_code(phone, address)
        type_code(phone, code_for(address))
    merging.undo(merged(kept, closed, ines, omar), by=ines)
    closed.refresh_from_db()
    told = Message.objects.filter(template__startswith="exchange/merge_")
    assert {(each.template, each.address) for each in told} == {
        (f"exchange/merge_{step}", address)
        for step in ("asked", "done", "undone")
        for address in ("ana@example.edu", closed.phone.as_e164)
    }
    assert not any(signed_in(phone) for phone in phones)


def test_the_person_cancels_it_from_either_account(ines, omar, kept, closed, sign_in):
    for person in (kept, closed):
        merge = ask(kept, closed, ines)
        client = sign_in(person)
        assert "Someone asked us to merge your two accounts" in client.get(reverse("account-history")).text
        client.post(reverse("second-stop", args=["merge", merge.code]), {"reason": "I have one account."})
        assert refusal(confirm, merge, omar) == "settled"
    assert sign_in(UserFactory()).post(reverse("second-stop", args=["merge", merge.code])).status_code == 404


def test_accounts_of_staff_cannot_be_merged(ines, kept, closed):
    """Roles don't travel: neither one that a person has, nor one that ended, nor what they did in it."""
    past = UserFactory()
    PastRole.objects.create(user=past, kind="coordinator", ended_by=ines)
    reader = UserFactory()
    ReaderProfile.objects.create(user=reader)
    owner, leader = UserFactory(is_staff=True), UserFactory()
    ContactFactory(host=None, trip=TripFactory(), user=leader)
    for staff in (UserFactory(coordinator=True), UserFactory(advisor=True), past, reader, owner, leader):
        assert merging.look(kept, staff).stops == merging.look(staff, kept).stops != []
        assert refusal(ask, kept, staff, ines) == refusal(ask, staff, kept, ines) == "cannot"
    assert not Role.objects.filter(user__in=(kept, closed)).exists()
    assert refusal(ask, kept, kept, ines) == "cannot"


# --- Both applied -------------------------------------------------------------------------------------


def test_two_drafts_of_one_cycle_are_joined_and_nothing_is_lost(ines, omar, kept, closed):
    cycle = CycleFactory(ready=True)
    mine, theirs = drafts.start(cycle, by=kept), drafts.start(cycle, by=closed)

    merged(kept, closed, ines, omar)

    theirs.refresh_from_db()
    assert theirs.merged_into == mine and theirs.student is None
    assert list(Application.objects.filter(student=kept)) == [mine]


def test_a_draft_beside_one_that_was_sent_stays_with_the_closed_account(ines, omar, kept, closed):
    mine = ApplicationFactory(student=kept, submitted=True)
    theirs = ApplicationFactory(student=closed, cycle=mine.cycle)
    merged(kept, closed, ines, omar)
    theirs.refresh_from_db()
    assert theirs.student == closed
    exported = data_of(kept)["tables"]["applications.Application"]
    assert {row["code"] for row in exported} == {mine.code, theirs.code}


def test_if_the_other_was_sent_the_page_offers_to_keep_that_account(ines, kept, closed, sign_in):
    theirs = ApplicationFactory(student=closed, submitted=True)
    ApplicationFactory(student=kept, cycle=theirs.cycle)
    assert refusal(ask, kept, closed, ines) == "cannot"
    page = sign_in(ines).get(reverse("person-merge-preview", args=[kept.code, closed.code])).text
    assert "was submitted from the account to close" in page
    assert reverse("person-merge-preview", args=[closed.code, kept.code]) in page


def test_two_that_were_sent_stop_it_until_one_is_withdrawn(ines, omar, kept, closed, sign_in):
    theirs = ApplicationFactory(student=closed, submitted=True)
    ApplicationFactory(student=kept, cycle=theirs.cycle, submitted=True)
    assert refusal(ask, kept, closed, ines) == refusal(ask, closed, kept, ines) == "cannot"

    office, where = sign_in(ines), reverse("person-merge-preview", args=[kept.code, closed.code])
    page = office.get(where).text
    assert "Ask the student which one counts" in page and "Ask a colleague" not in page
    for _again in range(2):
        office.post(reverse("person-merge-task", args=[kept.code, closed.code]))
    task = OfficeTask.objects.get()
    assert (task.path, task.person, task.opened_by) == (where, kept, ines)

    application.withdraw(theirs, by=closed)
    merged(kept, closed, ines, omar)
    theirs.refresh_from_db()
    task.refresh_from_db()
    assert theirs.student == closed and task.dropped_at


def test_what_an_account_has_only_once_stops_it_with_a_task(ines, kept, closed):
    for each in (kept, closed):
        LegalHold.objects.create(student=each, reason="Asked by counsel", placed_by=ines)
    assert "legal hold" in " ".join(merging.look(kept, closed).clashes)
    assert refusal(ask, kept, closed, ines) == "cannot"
    assert merging.leave_to_office(kept, closed, by=ines).is_open
    LegalHold.objects.filter(student=kept).update(lifted_at=timezone.now(), lifted_by=ines)
    assert merging.look(kept, closed).is_possible
    assert refusal(merging.leave_to_office, kept, closed, by=ines) == "nothing_to_settle"


def test_the_preview_counts_what_goes_along(kept, closed):
    for _each in range(2):
        Thread.objects.create(student=closed, addressee="office")
    assert [(str(label), count) for label, count in merging.look(kept, closed).counts] == [("Conversations", 2)]


def test_the_preview_says_whether_both_wrote_the_same_of_themselves(ines, kept, closed, sign_in):
    for person, born, number in ((kept, "2005-03-09", "88123456"), (closed, "2001-01-02", "88123456")):
        application = ApplicationFactory(student=person, cycle=CycleFactory(ready=True))
        Application.objects.filter(pk=application.pk).update(student_number=number)
        question = Question.objects.get(section__form=application.form, key="date_of_birth")
        Answer.objects.update_or_create(application=application, question=question, defaults={"value": born})

    page = sign_in(ines).get(reverse("person-merge-preview", args=[kept.code, closed.code]))

    assert [(each.kept, each.closed, each.differs) for each in page.context["found"].compared] == [
        ("March 9, 2005", "January 2, 2001", True),
        ("88123456", "88123456", False),
    ]
    assert "These look like two people." in page.text


def test_what_changed_since_the_preview_is_shown_first(ines, omar, kept, closed):
    seen = merging.look(kept, closed).fingerprint
    ApplicationFactory(student=closed)
    with pytest.raises(RuleViolation) as caught:
        merging.ask(kept, closed, reason=REASON, seen=seen, by=ines)
    assert caught.value.code == "changed_meanwhile"


# --- Undo ---------------------------------------------------------------------------------------------


def test_undo_gives_back_what_came_from_it_and_keeps_what_was_done_since(ines, omar, kept, closed):
    theirs = ApplicationFactory(student=closed, submitted=True)
    number = closed.phone
    merge = merged(kept, closed, ines, omar)
    since = ApplicationFactory(student=kept, submitted=True)

    merging.undo(merge, by=ines)

    for each in (theirs, since, kept, closed):
        each.refresh_from_db()
    assert (theirs.student, since.student) == (closed, kept)
    assert (closed.phone, closed.is_active, kept.phone) == (number, True, None)
    assert refusal(merging.undo, merge, by=ines) == "too_late"


def test_undo_gives_the_email_back(ines, omar, kept):
    other = UserFactory(email="ana.solis@example.org")
    merging.undo(merged(kept, other, ines, omar), by=ines)
    other.refresh_from_db()
    assert other.email == "ana.solis@example.org" and other.is_active
    assert signs_in("ana.solis@example.org") == other
    assert signs_in("ana@example.edu") == kept


@pytest.mark.parametrize("what", ["email", "phone"])
def test_undo_says_so_if_an_address_was_changed_since(ines, omar, kept, closed, what):
    other = closed if what == "phone" else UserFactory(email="ana.solis@example.org")
    merge = merged(kept, other, ines, omar)
    if what == "phone":
        accounts.set_phone(kept, "+12135550199", is_verified=True)
    else:
        EmailAddress.objects.get(email="ana.solis@example.org").set_as_primary()
    assert refusal(merging.undo, merge, by=ines) == "address_changed"
    other.refresh_from_db()
    assert not other.is_active


def test_undo_ends_with_its_hours(ines, omar, kept, closed):
    merge = merged(kept, closed, ines, omar)
    AccountMerge.objects.update(confirmed_at=timezone.now() - dt.timedelta(days=3))
    merge.refresh_from_db()
    assert refusal(merging.undo, merge, by=ines) == "too_late"


# --- The pages ----------------------------------------------------------------------------------------


def test_from_one_account_to_the_other_and_a_colleague_confirms(ines, omar, kept, closed, sign_in):
    office = sign_in(ines)
    assert reverse("person-merge", args=[kept.code]) in office.get(reverse("person-detail", args=[kept.code])).text
    found = office.get(reverse("person-merge", args=[kept.code]), {"q": "ana s."}).text
    preview = reverse("person-merge-preview", args=[kept.code, closed.code])
    assert preview in found
    page = office.get(preview)
    seen = page.context["form"].initial["seen"]
    assert "How do you know" in office.post(preview, {"seen": seen, "reason": ""}).text
    office.post(preview, {"seen": seen, "reason": REASON})

    colleague = sign_in(omar)
    page = colleague.get(reverse("person-detail", args=[kept.code]))
    assert REASON in page.text
    merge = AccountMerge.objects.get()
    colleague.post(reverse("merge-confirm", args=[merge.code]), {"seen": page.context["merge_found"].fingerprint})
    closed.refresh_from_db()
    assert not closed.is_active
    assert "Undo the merge" in colleague.get(reverse("person-detail", args=[kept.code])).text
    page = colleague.get(reverse("person-detail", args=[closed.code])).text
    assert "This account is closed" in page and reverse("person-detail", args=[kept.code]) in page
    colleague.post(reverse("merge-undo", args=[merge.code]))
    closed.refresh_from_db()
    assert closed.is_active


def test_both_students_can_see_who_compared_their_accounts(ines, omar, kept, closed, sign_in):
    for person in (kept, closed):
        ApplicationFactory(student=person, cycle=CycleFactory(ready=True))
    preview = reverse("person-merge-preview", args=[kept.code, closed.code])

    answer = minutes_old(sign_in(ines), 16).get(preview)
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not AccessRecord.objects.exists()

    sign_in(ines).get(preview)
    ask(kept, closed, ines)
    sign_in(omar).get(reverse("person-detail", args=[kept.code]))
    opened = AccessRecord.objects.filter(role="office", what="application")
    assert set(opened.values_list("by", "student")) == {
        (by.pk, person.pk) for by in (ines, omar) for person in (kept, closed)
    }


def test_the_technical_owner_reads_nothing_of_applications_where_a_merge_waits(ines, kept, closed, sign_in):
    cycle = ApplicationFactory(student=closed, submitted=True).cycle
    ask(kept, closed, ines)

    page = sign_in(UserFactory(is_staff=True, is_superuser=True)).get(reverse("person-detail", args=[kept.code]))

    assert "Two accounts are waiting to be merged" in page.text
    assert cycle.name not in page.text
    assert "What goes along" not in page.text
    assert not AccessRecord.objects.exists()


def test_the_pages_take_few_queries(ines, kept, closed, sign_in, django_assert_max_num_queries):
    office = sign_in(ines)
    for _each in range(3):
        ApplicationFactory(student=closed, submitted=True)
        Thread.objects.create(student=closed, addressee="office")
    where = reverse("person-merge-preview", args=[kept.code, closed.code])
    office.get(where)
    with django_assert_max_num_queries(11):  # one writes the access log
        office.get(where)
