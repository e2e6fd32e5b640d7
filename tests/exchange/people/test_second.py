"""Who may be the second person, the wait where there is none, and how everyone concerned can stop it."""

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import AccountMerge, AccountReset, Event, Invitation, Message, OfficeTask, Role
from exchange.people.merging import actions as merging
from exchange.people.second import resets as account_resets
from exchange.people.second import second
from exchange.tasks import clear_sessions
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, application_facts
from tests.factories_travel import PlacementFactory, travel_facts
from travel.abroad.actions import break_glass
from travel.models import BreakGlass
from travel.office.retention import erasing

pytestmark = pytest.mark.django_db
REASON = "Lost the phone, came with a student ID."
CONFIRM = "I checked it. Confirm the reset"


@pytest.fixture(autouse=True)
def facts(db):
    application_facts()
    travel_facts()


@pytest.fixture
def ines():
    return UserFactory(coordinator=True, full_name="Ines Vega")


@pytest.fixture
def ana():
    return UserFactory(email="ana@example.edu", phone="+12135550134", full_name="Ana Solis")


def ask(user, by):
    return account_resets.ask(user, "email", reason=REASON, new_address="new@example.com", by=by)


def page_of(row):
    return reverse("second-detail", args=[second.act_of(row).name, row.code])


def day(at):
    at = timezone.localtime(at)
    return f"{at:%a, %b} {at.day}"


def stop(client, row, reason="That isn’t Ana."):
    return client.post(reverse("second-stop", args=[second.act_of(row).name, row.code]), {"reason": reason})


def confirm(client, reset):
    return client.post(reverse("reset-confirm", args=[reset.code]), follow=True)


def three_days_later(row, hours=0.0):
    """As if it had been begun so long ago."""
    ago = dt.timedelta(hours=72 + hours)
    fields = {"alone_after": row.alone_after - ago}
    if not isinstance(row, BreakGlass):
        fields["expires_at"] = row.expires_at - ago
    type(row).objects.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()


def refusal(act, *args, **kwargs):
    with pytest.raises(RuleViolation) as caught:
        act(*args, **kwargs)
    return caught.value.code


def invited(first, then):
    now = timezone.now()
    more = {"invited_by": first, "accepted_by": then, "accepted_at": now, "expires_at": now}
    Invitation.objects.create(kind="coordinator", email=then.email, **more)


def told(template, **about):
    return {(each.recipient, each.address) for each in Message.objects.filter(template=template, **about)}


# --- Who can be second --------------------------------------------------------------------------------


def test_the_technical_owner_is_second_for_a_reset(sign_in, ines, ana):
    owner, reset = UserFactory(is_staff=True, full_name="Theo Owner"), ask(ana, ines)
    assert "Theo Owner" in sign_in(ines).get(page_of(reset)).text
    client = sign_in(owner)
    shown = client.get(page_of(reset)).text
    assert REASON in shown and CONFIRM in shown
    confirm(client, reset)
    ana.refresh_from_db()
    assert ana.email == "new@example.com"
    assert Event.objects.get(action="account.reset_done").changes == {"kind": "email"}


@pytest.mark.parametrize(("is_own_college", "is_submitted"), [(True, True), (False, True), (True, False)])
def test_an_advisor_is_second_for_a_student_whose_whole_account_they_see(
    sign_in, ines, ana, is_own_college, is_submitted
):
    college = CollegeFactory()
    ApplicationFactory(student=ana, college=college, submitted=is_submitted)
    advisor = UserFactory(advisor=college if is_own_college else CollegeFactory())
    reset, client = ask(ana, ines), sign_in(advisor)
    if not (is_own_college and is_submitted):
        assert client.get(page_of(reset)).status_code == 404
        assert client.post(reverse("reset-confirm", args=[reset.code])).status_code == 403
        return
    assert (advisor, advisor.email) in told(second.ASKED)
    assert CONFIRM in client.get(page_of(reset)).text
    done = confirm(client, reset)
    assert done.redirect_chain[-1][0] == page_of(reset)
    assert "This was done." in done.text


def test_an_advisor_of_the_only_college_merges_two_accounts_and_the_owner_does_not(sign_in, ines, ana):
    college, closed = CollegeFactory(), UserFactory()
    ApplicationFactory(student=ana, college=college, submitted=True)
    advisor, owner = UserFactory(advisor=college), UserFactory(is_staff=True)
    merge = merging.ask(ana, closed, reason=REASON, seen=merging.look(ana, closed).fingerprint, by=ines)
    shown = sign_in(owner).get(page_of(merge)).text
    assert REASON not in shown and "ana@example.edu" not in shown and "Merge them" not in shown
    assert sign_in(owner).post(reverse("merge-confirm", args=[merge.code])).status_code == 403
    page = sign_in(advisor).get(page_of(merge))
    assert REASON in page.text
    sign_in(advisor).post(reverse("merge-confirm", args=[merge.code]), {"seen": page.context["found"].fingerprint})
    closed.refresh_from_db()
    assert not closed.is_active


def test_an_advisor_of_one_of_two_colleges_sees_only_half_and_is_no_second(ines, ana):
    closed = UserFactory()
    for student in (ana, closed):
        ApplicationFactory(student=student, submitted=True)
    advisor = UserFactory(advisor=ana.applications.get().college)
    merge = AccountMerge(kept=ana, closed=closed, asked_by=ines)
    assert not second.knows(merge, advisor)


def test_the_director_is_second_for_staff_and_reads_no_student(sign_in, ines, ana):
    director, colleague = UserFactory(director=True), UserFactory(advisor=True, full_name="Rosa Advisor")
    Authenticator.objects.create(user=colleague, type="totp", data={"secret": encrypt("ABCD")})
    of_staff = account_resets.ask(colleague, "factor", reason=REASON, by=ines)
    client = sign_in(director)
    assert "Rosa Advisor" in client.get(page_of(of_staff)).text
    confirm(client, of_staff)
    assert not Authenticator.objects.filter(user=colleague).exists()
    of_student = ask(ana, ines)
    shown = client.get(page_of(of_student)).text
    assert "Ines Vega" in shown and "Stop it" in shown
    for private in ("Ana Solis", "ana@example.edu", "new@example.com", REASON, CONFIRM):
        assert private not in shown
    assert client.post(reverse("reset-confirm", args=[of_student.code])).status_code == 403


def test_whoever_invited_or_was_invited_is_no_second_in_any_role(sign_in, ines, ana):
    owner, reset = UserFactory(is_staff=True, full_name="Theo Owner"), ask(ana, ines)
    invited(owner, ines)
    assert refusal(account_resets.confirm, reset, by=owner) == "not_two"
    assert "No one can be the second person for this right now" in sign_in(ines).get(page_of(reset)).text
    assert "Theo Owner" not in sign_in(ines).get(page_of(reset)).text


# --- Three days -----------------------------------------------------------------------------------------


def test_an_office_of_one_finishes_a_reset_after_three_days(sign_in, ines, ana):
    client = sign_in(ines)
    client.post(
        reverse("person-reset", args=[ana.code]), {"kind": "email", "new_address": "new@example.com", "reason": REASON}
    )
    reset = AccountReset.objects.get()
    assert reset.alone_after - reset.asked_at == dt.timedelta(hours=72)
    for page in (page_of(reset), reverse("person-detail", args=[ana.code])):
        shown = client.get(page).text
        assert "Waiting for a second person." in shown and CONFIRM not in shown
        assert day(reset.alone_after) in shown
    assert "you can do it alone" in confirm(client, reset).text
    three_days_later(reset)
    for page in (page_of(reset), reverse("person-detail", args=[ana.code])):
        shown = client.get(page).text
        assert "The wait is over." in shown and CONFIRM in shown
    assert "telling them" in confirm(client, reset).text
    ana.refresh_from_db()
    assert ana.email == "new@example.com"
    assert Event.objects.get(action="account.reset_done").changes == {"kind": "email", "alone": True}


def test_a_minute_too_early_is_refused_by_action_and_database(ines, ana):
    reset = ask(ana, ines)
    three_days_later(reset, hours=-1 / 60)
    assert refusal(account_resets.confirm, reset, by=ines) == "same_person"


def test_an_office_of_two_of_whom_one_invited_the_other(sign_in, ines, ana):
    omar = UserFactory(coordinator=True, full_name="Omar Diaz")
    invited(ines, omar)
    reset = ask(ana, ines)
    shown = sign_in(omar).get(page_of(reset)).text
    assert "one of you invited the other" in shown and CONFIRM not in shown
    three_days_later(reset)
    confirm(sign_in(omar), reset)
    ana.refresh_from_db()
    assert ana.email == "new@example.com"
    assert Event.objects.get(action="account.reset_done").changes["alone"]


def test_an_office_of_one_merges_after_three_days(sign_in, ines, ana):
    closed, client = UserFactory(), sign_in(ines)
    merge = merging.ask(ana, closed, reason=REASON, seen=merging.look(ana, closed).fingerprint, by=ines)
    assert "Merge them" not in client.get(page_of(merge)).text
    three_days_later(merge)
    page = client.get(page_of(merge))
    client.post(reverse("merge-confirm", args=[merge.code]), {"seen": page.context["found"].fingerprint})
    closed.refresh_from_db()
    assert not closed.is_active


def glass(by):
    use = break_glass.begin(PlacementFactory(), reason="She fainted and nobody answers the phone.", by=by)
    use.refresh_from_db()
    return use


def test_an_office_of_one_reviews_its_own_opening_after_three_days(sign_in, ines):
    use, client = glass(ines), sign_in(ines)
    address = reverse("travel:break-glass-review", args=[use.code])
    shown = client.get(use.get_absolute_url()).text
    assert "Waiting for a second person." in shown and address not in shown
    assert client.post(address, {"review": "fitting"}).status_code == 400
    three_days_later(use)
    assert address in client.get(use.get_absolute_url()).text
    assert client.post(address, {"review": "fitting"}).status_code == 302
    use.refresh_from_db()
    assert use.reviewed_by == ines
    assert Event.objects.get(action="break_glass.review").changes == {"review": "fitting", "alone": True}


def test_an_objection_keeps_an_opening_for_a_second_person(sign_in, ines):
    director, use = UserFactory(director=True), glass(ines)
    shown = sign_in(director).get(page_of(use)).text
    for private in (use.reason, use.placement.application.student.full_name):
        assert private not in shown
    assert stop(sign_in(director), use).status_code == 302
    three_days_later(use)
    assert refusal(break_glass.review, use, result="fitting", text="", by=ines) == "same_person"
    assert stop(sign_in(director), use).status_code == 400
    break_glass.review(use, result="fitting", text="", by=UserFactory(coordinator=True))


def test_a_review_that_somebody_gave_is_not_given_again_by_who_opened(ines):
    use, judge = glass(ines), UserFactory(coordinator=True)
    break_glass.review(use, result="not", text="There was time to ask.", by=judge)
    three_days_later(use)
    assert refusal(break_glass.review, use, result="fitting", text="", by=ines) == "same_person"
    use.refresh_from_db()
    assert use.reviewed_by == judge


def test_a_traveler_is_not_written_to_and_cannot_open_the_page(sign_in, ines):
    use, owner = glass(ines), UserFactory(is_staff=True)
    student = use.placement.application.student
    assert not Message.objects.filter(recipient=student).exists()
    assert sign_in(student).get(page_of(use)).status_code == 404
    assert sign_in(owner).get(page_of(use)).status_code == 200


# --- Who is told, and the stop --------------------------------------------------------------------------


@pytest.fixture
def everyone(ines):
    return {
        "colleague": UserFactory(coordinator=True, phone="+12135550111", language="es"),
        "owner": UserFactory(is_staff=True),
        "director": UserFactory(director=True),
    }


def test_everyone_concerned_is_told_at_once_in_their_language_by_every_way(everyone, ines, ana):
    UserFactory(coordinator=True, is_active=False)
    reset = ask(ana, ines)
    colleague = everyone["colleague"]
    # a colleague's number that nobody confirmed gets no text at night; the person under attack hears it everywhere
    assert told(second.ASKED) == {(each, each.email) for each in everyone.values()}
    assert told("exchange/reset_asked") == {(ana, "ana@example.edu"), (ana, "+12135550134")}
    page = f"{page_of(reset)}"
    for each in Message.objects.all():
        assert page in each.body and each.send_after is None
        assert REASON not in each.body and "new@example.com" not in each.body
    emails = Message.objects.filter(channel="email")
    for each in emails.exclude(recipient=colleague):
        assert day(reset.alone_after) in each.body
    spanish = emails.get(recipient=colleague)
    assert "vie" in spanish.body and "segunda persona" in spanish.subject


@pytest.mark.parametrize("who", ["colleague", "owner", "director", "ana"])
def test_anyone_told_stops_it_and_all_hear_of_it(sign_in, everyone, ines, ana, who):
    reset, people = ask(ana, ines), {**everyone, "ana": ana, "ines": ines}
    client = sign_in(people[who])
    assert "Stop it" in client.get(page_of(reset)).text
    assert stop(client, reset, "").status_code == 400
    assert "Error" in stop(client, reset, "").text
    answer = stop(client, reset)
    assert answer.status_code == 302
    assert {each for each, _way in told(second.STOPPED)} == set(people.values()) - {people[who]}
    three_days_later(reset)
    assert refusal(account_resets.confirm, reset, by=ines) == "settled"
    shown = sign_in(ines).get(page_of(reset)).text
    assert f"Stopped on {day(timezone.now())}" in shown and "That isn’t Ana." in shown and "Stop it" not in shown
    assert stop(client, reset).status_code == 400
    assert not OfficeTask.objects.open().filter(kind=second.TASK).exists()


def test_somebody_else_neither_sees_nor_stops_it(sign_in, ines, ana):
    reset = ask(ana, ines)
    for traits in ({}, {"advisor": True}):
        client = sign_in(UserFactory(**traits))
        assert client.get(page_of(reset)).status_code == stop(client, reset).status_code == 404
    assert sign_in(ines).get(reverse("second-detail", args=["nothing", reset.code])).status_code == 404
    reset.refresh_from_db()
    assert not reset.is_stopped


def test_whoever_finished_alone_is_named_to_everyone(everyone, ines, ana):
    reset = ask(ana, ines)
    three_days_later(reset)
    account_resets.confirm(reset, by=ines)
    assert {each for each, _way in told(second.ALONE)} == set(everyone.values())
    assert (ana, "ana@example.edu") in told("exchange/reset_done")
    assert Message.objects.filter(template=second.ALONE, body__contains="Ines Vega").exists()


def test_a_second_person_is_no_news_to_everyone(everyone, ines, ana):
    account_resets.confirm(ask(ana, ines), by=everyone["colleague"])
    assert not told(second.ALONE)


def test_it_waits_among_the_offices_tasks_with_its_date(sign_in, ines, ana):
    reset = ask(ana, ines)
    task = OfficeTask.objects.open().get(kind=second.TASK)
    assert (task.due_on, task.path, task.person) == (timezone.localdate(reset.alone_after), page_of(reset), ana)
    assert "Waiting for a second person: Ana Solis" in sign_in(ines).get(reverse("travel:office-task-list")).text
    clear_sessions()
    assert OfficeTask.objects.open().filter(kind=second.TASK).exists()
    account_resets.confirm(reset, by=UserFactory(coordinator=True))
    assert not OfficeTask.objects.open().filter(kind=second.TASK).exists()


def test_the_task_of_what_nobody_finished_in_time_goes(ines, ana):
    reset = ask(ana, ines)
    three_days_later(reset, hours=25)
    clear_sessions()
    assert not OfficeTask.objects.open().filter(kind=second.TASK).exists()
    assert ask(ana, ines).code != reset.code


def test_both_languages(sign_in, ines, ana):
    reset = ask(ana, ines)
    for person in (ines, ana):
        client = sign_in(person)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
        shown = client.get(page_of(reset)).text
        assert "Se espera a una segunda persona." in shown and "Detener" in shown
        assert "Waiting for" not in shown and "Stop it" not in shown


# --- What happens meanwhile -----------------------------------------------------------------------------


def test_whoever_asked_and_left_finishes_nothing_nor_does_a_second(ines, ana):
    reset, omar = ask(ana, ines), UserFactory(coordinator=True)
    Role.objects.filter(user=ines).delete()
    ines = type(ines).objects.get(pk=ines.pk)
    assert refusal(account_resets.confirm, reset, by=omar) == "asker_left"
    three_days_later(reset)
    assert refusal(account_resets.confirm, reset, by=ines) == "not_office"
    assert refusal(account_resets.confirm, reset, by=omar) == "asker_left"
    account_resets.cancel(reset, "She left.", omar)
    account_resets.confirm(ask(ana, omar), by=UserFactory(coordinator=True))


def test_an_erased_account_is_not_changed(ines, ana):
    reset, other = ask(ana, ines), UserFactory()
    merge = merging.ask(other, ana, reason=REASON, seen=merging.look(other, ana).fingerprint, by=ines)
    erasing.erase_people([ana.pk])
    omar = UserFactory(coordinator=True)
    reset.refresh_from_db()
    assert REASON not in reset.reason and reset.new_address == ""
    assert refusal(account_resets.confirm, reset, by=omar) == "expired"
    assert refusal(merging.confirm, merge, seen="", by=omar) == "expired"
    assert not OfficeTask.objects.open().filter(kind=second.TASK).exists()


def test_done_once_by_two_at_once(sign_in, ines, ana):
    reset = ask(ana, ines)
    first, then = sign_in(UserFactory(coordinator=True)), sign_in(UserFactory(coordinator=True))
    for client in (first, then):
        assert CONFIRM in client.get(page_of(reset)).text
    confirm(first, reset)
    assert "already confirmed" in confirm(then, reset).text
    assert stop(then, reset).status_code == 400
    reset.refresh_from_db()
    assert reset.is_done and not reset.is_stopped


def test_asked_before_there_was_a_wait_is_never_done_alone(ines, ana):
    reset = ask(ana, ines)
    AccountReset.objects.update(alone_after=None)
    reset.refresh_from_db()
    assert not reset.has_waited
    assert refusal(account_resets.confirm, reset, by=ines) == "same_person"


def test_the_request_ends_a_day_after_the_wait(sign_in, ines, ana):
    reset = ask(ana, ines)
    three_days_later(reset, hours=24)
    assert refusal(account_resets.confirm, reset, by=ines) == "expired"
    assert "The request ended" in sign_in(ines).get(page_of(reset)).text
    again = ask(ana, ines)
    assert OfficeTask.objects.open().get(kind=second.TASK).path == page_of(again)
