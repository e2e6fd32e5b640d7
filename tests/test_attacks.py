"""Attacks by a hostile student, a curious advisor, a leaked link and a careless coordinator, all without success.

Who may open which address is in the table of tests/test_urls.py.
"""

import threading

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.urls import reverse

from applications.apply.actions import application as application_actions
from applications.apply.actions import draft
from applications.apply.actions import recommendation as recommendation_actions
from applications.models import Application, Assignment, Decision, Endorsement, Recommendation
from applications.reading.actions import assigning
from applications.release.actions import releasing
from applications.selection.actions import selection as selection_actions
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message, User
from exchange.people.sign_in.forms import ProfileForm
from tests.factories import RoleFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    RecommendationFactory,
    ReviewFactory,
    application_facts,
    review_facts,
)
from tests.factories_facts import session_facts
from tests.signing import ask_for_code, code_for, sign_up, signed_in, type_code

pytestmark = pytest.mark.django_db

NAMES_WITH_A_HOOK = [
    "Ana https://evil.example/login",
    "Ana evil.example",
    "www.evil",
    "ana@evil.example",
    "Ana\nYour account is locked",
    "Ana\u2028locked",
    "Ana \u202egnp.exe",
    "<b>Ana</b>",
]
HONEST_NAMES = [
    "María José Ñañez-O’Brien",
    "Dr. Lena Whitcomb, M.Ed.",
    "Dr.Lena",
    "J.R. Park",
    "李小龙",
    "نور",
    "Ana 🙂",
]


def violation(act, *args, **kwargs) -> str:
    with pytest.raises(RuleViolation) as caught:
        act(*args, **kwargs)
    return caught.value.code


def address(name, row):
    return reverse(f"applications:{name}", kwargs={"code": row.code})


# --- A former student who works here now ------------------------------------------------------------


@pytest.fixture
def own():
    """A submitted application of someone who has since become an advisor of the same college."""
    review_facts()
    application_facts()
    application = ApplicationFactory(submitted=True, answered=True, cycle=CycleFactory(ready=True))
    RoleFactory(user=application.student, advisor=application.college)
    return application


def test_nobody_endorses_the_own_application(own, sign_in):
    yes = {"result": "endorsed", "is_enrolled": "yes", "units": "12"}
    client = sign_in(own.student)

    assert client.post(address("endorsement-record", own), yes).status_code == 404
    assert own.code not in client.get(reverse("applications:endorsement-list")).text
    assert own.code not in client.get(reverse("applications:application-list"), follow=True).text
    assert not Endorsement.objects.exists()


def test_nobody_is_given_or_reads_the_own_application(own, sign_in):
    own.student.roles.all().delete()
    RoleFactory(user=own.student, advisor=UserFactory(advisor=True).roles.get().college)
    for _reader in range(own.cycle.reads_each):
        UserFactory(advisor=True)

    assigning.draw_readers(own.cycle, by=UserFactory(coordinator=True), seed=1)

    assert own.assignments.count() == own.cycle.reads_each
    assert not own.assignments.filter(reader=own.student).exists()
    assigned_by_hand = AssignmentFactory(application=own, reader=own.student)
    client = sign_in(own.student)
    assert client.get(address("review-record", assigned_by_hand)).status_code == 404
    assert assigned_by_hand.candidate_label not in client.get(reverse("applications:review-list")).text


def test_the_office_neither_decides_nor_reads_nor_returns_its_own_application(own, sign_in):
    RoleFactory(user=own.student, kind="coordinator")
    ReviewFactory(assignment=AssignmentFactory(application=own), locked=True)
    DecisionFactory(application=own, result="selected")
    client = sign_in(User.objects.get(pk=own.student_id))
    act = {"result": "selected", "reason": "Best of all."}

    assert client.post(address("decision-record", own), act).status_code == 403
    assert client.post(address("application-return", own), {"note": "Polish it."}).status_code == 403
    assert client.post(address("application-go-on", own), {"reason": "Polished."}).status_code == 403
    assert client.get(address("review-record", Assignment.objects.get())).status_code == 404
    assert violation(selection_actions.decide, own, **act, by=own.student) == "own_application"
    (row,) = client.get(reverse("applications:selection-list")).context["rows"]
    assert (row.shows_scores, row.decision, row.rank) == (False, None, None)
    assert Decision.objects.get().reason != act["reason"]


def test_a_draft_that_was_never_sent_is_not_shown_to_the_college_after_it_is_taken_back(sign_in):
    advisor = UserFactory(advisor=True)
    taken_back = ApplicationFactory(college=advisor.roles.get().college)
    application_actions.withdraw(taken_back, by=taken_back.student)

    assert sign_in(advisor).get(taken_back.get_absolute_url()).status_code == 404


# --- A shared phone ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/journey/", "/account/", "/cycles/", "/nosuch/", "/pipeline/", "/demo/outbox/"])
def test_pages_of_a_session_are_kept_nowhere(sign_in, path):
    assert "no-store" in sign_in(UserFactory()).get(path).headers["Cache-Control"]


def test_pages_of_nobody_may_be_kept(client):
    assert "Cache-Control" not in client.get(reverse("applications:cycle-list")).headers


@pytest.mark.parametrize("path", ["/", "/nosuch/", "/pipeline/", "/healthz", "/cycles/\0/"])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("path", ["/", "/healthz", "/contact/", "/account/login/"])
def test_no_answer_echoes_a_request(client, path):
    assert client.trace(path, headers={"X-Of-The-Proxy": "secret"}).status_code == 405


# --- Codes ------------------------------------------------------------------------------------------


def test_tries_of_a_code_count_for_the_address_over_all_sessions():
    session_facts()
    UserFactory(email="ana@example.edu")
    first, second, third = Client(), Client(), Client()
    for client in (first, second):
        ask_for_code(client, "ana@example.edu")
        for _try in range(5):
            type_code(client, "0")
    ask_for_code(third, "ana@example.edu")

    type_code(third, code_for("ana@example.edu"))  # the right code, after ten wrong ones, is refused for now
    assert not signed_in(third)

    cache.clear()  # the lock-out has ended
    type_code(third, code_for("ana@example.edu"))
    assert signed_in(third)


def test_signing_in_gives_a_new_session(client):
    session_facts()
    UserFactory(email="ana@example.edu")
    ask_for_code(client, "ana@example.edu")
    planted = client.session.session_key

    type_code(client, code_for("ana@example.edu"))

    assert signed_in(client)
    assert client.session.session_key != planted


# --- Names that are injections ----------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES_WITH_A_HOOK)
def test_a_name_cannot_carry_a_link_or_lines_into_a_message(client, name):
    sign_up(client, "ana@example.edu", name=name)

    assert not User.objects.exists()
    assert "preferred_name" in ProfileForm({"preferred_name": name, "language": "en"}).errors
    assert "full_name" in ProfileForm({"preferred_name": "Ana", "full_name": name, "language": "en"}).errors


@pytest.mark.parametrize("name", HONEST_NAMES)
def test_a_name_may_be_any_name(name):
    assert ProfileForm({"preferred_name": name, "full_name": name, "language": "es"}).is_valid()


@pytest.mark.parametrize("key", ["full_name", "preferred_name", "referee_name"])
def test_an_application_with_a_hook_for_a_name_is_kept_and_not_sent(key):
    application = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)
    hook = NAMES_WITH_A_HOOK[0]

    draft.save_answers(application, {key: hook}, by=application.student)

    assert violation(application_actions.submit, application, by=application.student) == "incomplete"
    application.student.refresh_from_db()
    assert hook not in (application.student.full_name, application.student.preferred_name)
    assert not Message.objects.exists()


def test_markup_in_a_message_is_text():
    application = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)
    User.objects.filter(pk=application.student_id).update(preferred_name='"><script>alert(1)</script>')
    application.refresh_from_db()

    application_actions.submit(application, by=application.student)

    for message in Message.objects.exclude(html=""):
        assert "<script" not in message.html
        assert "\n" not in message.subject


# --- A leaked or late link --------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.SELECTED, Status.NOT_SELECTED, Status.CONFIRMED, Status.WITHDRAWN])
def test_the_link_of_a_referee_ends_with_the_result(client, status):
    application = ApplicationFactory(**{status.value: True})
    letter = RecommendationFactory(application=application, asked=True)
    page = reverse("applications:recommendation-write", kwargs={"token": letter.link})

    assert "form" not in client.get(page).context
    client.post(page, {"letter": "Late praise.", "act": "check"})
    client.post(f"{page}send/")

    assert Recommendation.objects.get().letter == ""
    assert violation(recommendation_actions.send_letter, letter, letter="x") in ("too_late", "withdrawn")


# --- Bad input --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/pipeline/?cycle=a%00", "/demo/outbox/?who=%00", "/recommendations/a%00/"])
def test_a_nul_in_an_address_is_not_found(sign_in, path):
    client = sign_in(UserFactory(coordinator=True))
    client.raise_request_exception = False

    assert client.get(path).status_code == 404


@pytest.fixture
def begun():
    application_facts()
    return ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)


def section(application):
    return reverse("applications:application-section", kwargs={"code": application.code, "section": "about"})


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", "application/json"),
        (b"", "application/x-www-form-urlencoded"),
        (
            b'--b\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\nx\r\n--b',
            "multipart/form-data; boundary=b",
        ),
    ],
)
def test_a_send_that_arrives_empty_empties_nothing(begun, sign_in, body, content_type):
    before = set(begun.answers.values_list("question__key", "value"))

    sign_in(begun.student).generic("POST", section(begun), body, content_type=content_type)

    assert set(begun.answers.values_list("question__key", "value")) == before


def test_a_book_in_a_field_is_refused_in_plain_words(begun, sign_in):
    client = sign_in(begun.student)

    assert client.post(section(begun), {"full_name": "x" * 1_000_000}).status_code == 200
    refused = client.generic(
        "POST", section(begun), "full_name=" + "x" * 3_000_000, content_type="application/x-www-form-urlencoded"
    )

    assert refused.status_code == 400
    assert "2 MB" in refused.text and "Aceptamos" in refused.text
    assert not Event.objects.filter(action="application.save_answers").exists()


def test_a_request_that_would_fill_the_disk_is_not_read(begun, sign_in, settings):
    settings.REQUEST_MAX_SIZE = 1000
    film = SimpleUploadedFile("film.mp4", b"x" * 2000, "video/mp4")

    refused = sign_in(begun.student).post(section(begun), {"class_schedule": film})

    assert refused.status_code == 400
    assert not Application.objects.get().uploads.exists()


# --- Two taps at the same moment --------------------------------------------------------------------


def at_once(*jobs):
    """Runs each job in a thread of its own, all at the same time; returns their results."""
    gate, given = threading.Barrier(len(jobs)), []

    def run(job):
        gate.wait()
        try:
            given.append(job())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


def post(client, *args):
    return lambda: client.post(*args).status_code


def sent(template):
    return Message.objects.filter(template=f"applications/{template}").count()


@pytest.mark.django_db(transaction=True)
def test_an_application_sent_four_times_at_once_is_sent_once(begun, sign_in):
    taps = [post(sign_in(begun.student), address("application-submit", begun)) for _tap in range(4)]

    assert at_once(*taps) == [302] * 4
    assert (sent("application_received"), sent("recommendation_asked")) == (1, 1)
    assert Event.objects.filter(action="application.submit").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_release_once_and_a_yes_and_a_no_at_once_are_one_answer(sign_in):
    application_facts()
    coordinator = UserFactory(coordinator=True)
    application = DecisionFactory(application__cycle=CycleFactory()).application
    plan = {"dry_run": releasing.keep_dry_run(application.cycle, by=coordinator).code}
    page = reverse("applications:selection-release", kwargs={"code": application.cycle.code})

    at_once(*(post(sign_in(coordinator), page, plan) for _tap in range(3)))
    assert (sent("decision_released"), application.offers.count()) == (1, 1)

    offer, student = application.offers.get(), application.student
    at_once(*(post(sign_in(student), address(f"offer-{answer}", offer)) for answer in ("confirm", "decline") * 2))
    assert sent("offer_confirmed") + sent("offer_declined") == 1
    application.refresh_from_db()
    offer.refresh_from_db()
    assert application.status == offer.reply
