"""Who may open which address: one table of URL × role, tested completely. A URL that is not in it fails.

Each row: the URL's name, the method, and the answer for each of ROLES in order. `L` means "sign in first".
A role gets 404 if the row does not exist for it, and 403 if it may not do this.
"""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import lxml.html
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from applications.apply.views.upload import link_to
from exchange.background import jobs, subprocesses
from exchange.models import AccessRecord, Event, Fact, User
from exchange.people.sign_in.demo_people import DEMO_PEOPLE
from exchange.web.how_this_works import explanations
from exchange.wording.texts import units
from tests.factories_applications import AssignmentFactory, CycleFactory, DecisionFactory, ReviewFactory
from tests.factories_travel import ChecklistItemFactory, ChecklistStepFactory, StepFileFactory
from tests.old_tabs import written
from tests.signing import MIDDLE_OF_SIGNING_IN
from tests.urls import ADVISORS, COORDINATOR, COORDINATOR_ACT, OWNER, OWNER_ACT, PUBLIC, ROLES, SIGNED_IN, L
from tests.urls.abroad import ABROAD_NAMES, ABROAD_TABLE, abroad_arguments
from tests.urls.accounts import ACCOUNTS_NAMES, ACCOUNTS_TABLE, accounts_arguments
from tests.urls.cycle import SETUP_TABLE, setup_arguments
from tests.urls.endorse import ENDORSING_NAMES, ENDORSING_TABLE, endorsing_arguments
from tests.urls.itinerary import ITINERARY_NAMES, ITINERARY_TABLE, itinerary_arguments
from tests.urls.meeting import MEETING_NAMES, MEETING_TABLE, meeting_arguments
from tests.urls.money import MONEY_NAMES, MONEY_TABLE, money_arguments
from tests.urls.orientation import ORIENTATION_NAMES, ORIENTATION_TABLE, orientation_arguments
from tests.urls.outcomes import (
    FAIRNESS_TABLE,
    FOLLOW_UP_TABLE,
    IMPACT_NAMES,
    IMPACT_TABLE,
    OWN_NAMES,
    RELEASES_NAMES,
    RELEASES_TABLE,
    fairness_arguments,
    follow_up_arguments,
    impact_arguments,
    release_arguments,
)
from tests.urls.partners import PARTNER_NAMES, PARTNER_TABLE, partner_arguments
from tests.urls.passport import (
    CASE_TABLE,
    PASSPORT_NAMES,
    PASSPORT_TABLE,
    STAFF_TABLE,
    passport_arguments,
    staffing_arguments,
)
from tests.urls.placement import PLACING_DATA, PLACING_TABLE, placing_arguments
from tests.urls.preparing import PREPARING_NAMES, PREPARING_TABLE, preparing_arguments
from tests.urls.reading import ASSIGNING_TABLE, READING_TABLE, assigning_arguments, reading_arguments
from tests.urls.reflecting import REFLECTING_NAMES, REFLECTING_TABLE, reflecting_arguments
from tests.urls.release import TELLING_TABLE, telling_arguments
from tests.urls.rooms import ROOMS_NAMES, ROOMS_TABLE, rooms_arguments
from tests.urls.saying import SAYING_NAMES, SAYING_TABLE, saying_arguments
from tests.urls.selection import COMMITTEE_DATA, COMMITTEE_TABLE, LOTTERY_TABLE, lottery_arguments, scores_arguments
from tests.urls.signing import SIGNING_NAMES, SIGNING_TABLE, signing_arguments
from tests.world import one_of_everything
from travel.models import HelpNumber
from travel.prepare.signing import actions as signing

HEAVY = ("weasyprint", "altair", "vl_convert")


@pytest.fixture(autouse=True)
def only_workers_do_heavy_work(monkeypatch):
    """No address does what only workers may (docs/adr/0031); no worker is there, and each page answers anyway."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("a request starts a calculation")

    for each in HEAVY:
        monkeypatch.setitem(sys.modules, each, None)  # importing it fails
    monkeypatch.setattr(subprocesses, "ask", refuse)
    monkeypatch.setattr(jobs, "publish", lambda job: None)
    monkeypatch.setattr(signing, "pdf_of", lambda html: b"%PDF-1.7")  # a worker's part, before the page is opened


TABLE = [
    # shared pages
    ("home", "GET", (200, 302, 302, 302, 302, 302, 302)),
    ("healthz", "GET", PUBLIC),
    ("readyz", "GET", PUBLIC),
    ("metrics", "GET", (404,) * 7),  # METRICS_NETWORKS names nobody
    ("status", "GET", (L, 403, 403, 403, 403, 403, 403)),  # for the owners of the portal
    ("status-send-again", "POST", (L, 403, 403, 403, 403, 403, 403)),
    ("status-backup", "POST", (L, 403, 403, 403, 403, 403, 403)),
    ("status-runbook", "GET", (L, 403, 403, 403, 403, 403, 403)),
    ("service-worker", "GET", PUBLIC),
    ("contact", "GET", PUBLIC),
    ("privacy", "GET", PUBLIC),
    ("travel:opened", "GET", SIGNED_IN),
    ("travel:data-requests", "GET", (L, 200, 200, 403, 403, 403, 403)),
    ("travel:data-request-drop", "POST", (L, 302, 404, 404, 404, 403, 404)),
    ("travel:data-request-list", "GET", COORDINATOR),
    ("travel:data-request-answer", "GET", COORDINATOR),
    ("travel:office-task-list", "GET", COORDINATOR),
    ("travel:office-task-file", "POST", COORDINATOR_ACT),  # no format: redirects to the list
    ("travel:office-task", "GET", COORDINATOR),
    ("travel:office-task-peek", "GET", COORDINATOR),
    ("travel:office-task-assign", "POST", COORDINATOR_ACT),
    ("travel:office-task-undo", "POST", COORDINATOR_ACT),
    ("travel:committee-rules", "GET", COORDINATOR),
    ("travel:reference-list", "GET", COORDINATOR),
    ("travel:reference-row", "GET", COORDINATOR),
    ("travel:reference-change", "GET", COORDINATOR),
    ("travel:reference-add", "GET", COORDINATOR),
    ("travel:reference-act", "POST", (L, 403, 403, 403, 403, 404, 403)),  # it names no act
    ("travel:retention", "GET", COORDINATOR),
    ("travel:home-city", "GET", COORDINATOR),
    ("travel:college-list", "GET", COORDINATOR),
    ("travel:college-add", "GET", COORDINATOR),
    ("travel:college-edit", "GET", COORDINATOR),
    ("travel:college-remove", "POST", COORDINATOR_ACT),
    ("travel:hold-lift", "POST", COORDINATOR_ACT),
    ("travel:sharing", "GET", SIGNED_IN),
    ("travel:sharing-office", "GET", (L, 403, 404, 403, 404, 200, 404)),
    ("accessibility", "GET", PUBLIC),
    ("security-txt", "GET", PUBLIC),
    ("security-policy", "GET", PUBLIC),
    ("set-language", "POST", (302,) * 7),
    ("message-failed", "GET", COORDINATOR),
    ("message-failed-file", "POST", COORDINATOR_ACT),
    ("message-detail", "GET", COORDINATOR),
    ("message-peek", "GET", COORDINATOR),
    ("message-send-again", "POST", COORDINATOR_ACT),
    ("message-send-all-again", "POST", COORDINATOR_ACT),
    ("message-address", "GET", COORDINATOR_ACT),
    ("mail-events", "GET", (404,) * 7),  # no provider is set; test_mailboxes.py posts what one posts
    ("reminders-again", "POST", (L, 302, 302, 302, 302, 302, 302)),
    ("texts-record", "GET", COORDINATOR),
    ("message-texts", "GET", COORDINATOR),
    ("message-text", "GET", COORDINATOR),
    ("message-text-history", "GET", COORDINATOR),
    ("message-text-sample", "GET", COORDINATOR),
    ("message-text-back", "POST", COORDINATOR_ACT),
    ("texts-unknown", "GET", COORDINATOR),
    ("texts-unknown-detail", "GET", COORDINATOR),
    ("texts-unknown-peek", "GET", COORDINATOR),
    ("texts-unknown-done", "POST", COORDINATOR_ACT),
    ("applications:text-attach", "GET", COORDINATOR),
    ("applications:text-detach", "POST", COORDINATOR_ACT),
    ("texts-events", "POST", (404,) * 7),  # as below
    ("texts-inbound", "POST", (404,) * 7),  # no topic is set; test_inbound.py posts what SNS posts
    ("job-detail", "GET", (L, 404, 404, 404, 404, 200, 404)),  # the coordinator started it
    ("job-result", "GET", (L, 404, 404, 404, 404, 200, 404)),
    ("demo", "GET", PUBLIC),
    ("demo-sign-in", "POST", (302,) * 7),
    ("demo-outbox", "GET", PUBLIC),
    ("demo-message", "GET", PUBLIC),
    ("styleguide", "GET", PUBLIC),
    # application
    ("applications:cycle-list", "GET", PUBLIC),
    ("applications:cycle-detail", "GET", PUBLIC),
    ("applications:cycle-eligibility", "GET", PUBLIC),
    ("applications:application-carry", "POST", (L, 302, 302, 403, 403, 403, 403)),
    ("applications:application-still-true", "POST", (L, 302, 404, 404, 404, 403, 404)),
    ("applications:application-start", "POST", (302, 302, 302, 403, 403, 403, 403)),  # a visitor starts at once
    ("applications:application-list", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("applications:application-export", "POST", COORDINATOR),
    ("applications:application-detail", "GET", (L, 200, 404, 200, 404, 200, 404)),
    ("applications:application-overview", "GET", (L, 200, 404, 404, 404, 403, 404)),
    ("applications:application-section", "GET", (L, 200, 404, 404, 404, 403, 404)),
    ("applications:application-save", "POST", (401, 400, 404, 403, 404, 403, 404)),  # asks first, or is not ours
    ("applications:application-elsewhere", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("applications:application-come-back", "POST", (404,) * 7),  # an invalid key; a valid one: test_draft_visitors.py
    ("applications:application-discard", "GET", (L, 403, 404, 403, 404, 403, 404)),  # only for visitors' drafts
    ("applications:application-claim", "GET", (404,) * 7),  # an invalid link; a valid one: test_draft_visitors.py
    ("applications:application-copy", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("applications:application-more-time", "GET", (L, 302, 404, 403, 404, 403, 404)),  # nothing is late
    ("applications:application-reopen", "GET", (L, 403, 404, 403, 404, 302, 404)),
    ("applications:application-refuse-time", "GET", (L, 403, 404, 403, 404, 302, 404)),
    ("applications:application-check", "GET", (L, 200, 404, 404, 404, 403, 404)),
    ("applications:application-submit", "POST", (L, 302, 404, 403, 404, 403, 404)),
    ("applications:application-receipt", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("applications:application-withdraw", "GET", OWNER),
    ("applications:records-consent", "GET", OWNER),
    ("applications:records-consent-withdraw", "POST", OWNER_ACT),
    ("applications:records-consent-ask", "POST", (L, 404, 404, 302, 404, 403, 404)),
    ("applications:application-return", "GET", (L, 403, 404, 403, 404, 200, 404)),
    ("applications:application-go-on", "GET", (L, 403, 404, 403, 404, 302, 404)),  # nothing is to be fixed
    ("applications:upload-download", "GET", (L, 302, 404, 302, 404, 302, 404)),
    ("applications:upload-file", "GET", (L, 200, 404, 404, 404, 404, 404)),  # the owner asked for this link
    ("applications:upload-create", "POST", (401, 412, 404, 404, 404, 403, 404)),  # not a valid tus request
    ("applications:upload-piece", "HEAD", (401, 412, 404, 404, 404, 403, 404)),
    ("applications:upload-state", "GET", (401, 200, 404, 404, 404, 403, 404)),
    ("applications:upload-remove", "POST", (401, 204, 404, 404, 404, 403, 404)),
    ("applications:recommendation-write", "GET", PUBLIC),
    ("applications:recommendation-send", "GET", PUBLIC),
    ("applications:recommendation-decline", "GET", PUBLIC),
    ("applications:recommendation-wrong-person", "GET", PUBLIC),
    ("applications:recommendation-replace", "GET", OWNER),
    ("applications:recommendation-send-again", "POST", (L, 403, 404, 302, 404, 302, 404)),
    ("applications:recommendation-revoke", "GET", (L, 403, 404, 200, 404, 200, 404)),
    *SETUP_TABLE,
    *MEETING_TABLE,
    # help sessions and threads
    ("applications:help-begin", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("applications:help-offer", "GET", OWNER),
    ("applications:help-stop", "POST", OWNER_ACT),
    ("applications:thread-list", "GET", (L, 200, 200, 200, 200, 200, 403)),
    ("applications:thread-file", "POST", (L, 403, 403, 302, 302, 302, 403)),
    ("applications:thread-new", "GET", (L, 200, 200, 403, 403, 403, 403)),
    ("applications:thread-begin", "GET", (L, 403, 404, 200, 404, 200, 404)),
    ("applications:thread-detail", "GET", (L, 200, 404, 200, 404, 200, 404)),
    ("applications:thread-pass", "POST", (L, 403, 404, 403, 404, 302, 404)),
    # review
    ("applications:endorsement-list", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("applications:endorsement-file", "POST", (L, 403, 403, 302, 302, 302, 403)),
    ("applications:endorsement-record", "GET", (L, 404, 404, 200, 404, 200, 404)),
    *ENDORSING_TABLE,
    ("applications:review-list", "GET", (L, 403, 403, 200, 200, 200, 403)),
    *ASSIGNING_TABLE,
    *READING_TABLE,
    ("applications:review-record", "GET", (L, 404, 404, 404, 200, 200, 404)),
    # selection
    ("applications:selection-list", "GET", COORDINATOR),
    ("applications:decision-record", "GET", COORDINATOR),
    ("applications:decision-bulk", "POST", COORDINATOR),  # shows the form again: nothing was ticked
    *FAIRNESS_TABLE,
    *IMPACT_TABLE,
    *FOLLOW_UP_TABLE,
    *RELEASES_TABLE,
    *LOTTERY_TABLE,
    *COMMITTEE_TABLE,
    *TELLING_TABLE,
    # first pages
    ("travel:journey", "GET", (L, 200, 200, 403, 403, 403, 403)),
    ("travel:work", "GET", ADVISORS),
    ("travel:pipeline", "GET", COORDINATOR),
    ("travel:cycle-colleges", "GET", COORDINATOR),
    # placement
    *PLACING_TABLE,
    # partners
    *PARTNER_TABLE,
    *PREPARING_TABLE,
    # checklist
    *STAFF_TABLE,
    ("travel:checklist-detail", "GET", (L, 200, 404, 200, 404, 200, 404)),
    ("travel:checklist-print", "GET", (L, 200, 404, 200, 404, 200, 404)),
    ("travel:checklist-item", "GET", (L, 200, 404, 200, 404, 200, 404)),
    ("travel:checklist-item-done", "POST", OWNER_ACT),
    ("travel:checklist-item-verify", "POST", (L, 403, 404, 302, 404, 302, 404)),
    ("travel:step-file-send", "POST", (L, 200, 404, 403, 404, 403, 404)),  # no file was chosen
    ("travel:step-file", "GET", (L, 200, 404, 200, 404, 200, 404)),
    ("travel:step-file-remove", "POST", (L, 302, 404, 404, 404, 404, 404)),  # the owner was first
    ("travel:step-file-return", "POST", (L, 403, 404, 200, 404, 200, 404)),  # no reason was given
    *CASE_TABLE,
    *PASSPORT_TABLE,
    *ABROAD_TABLE,
    *ITINERARY_TABLE,
    *SIGNING_TABLE,
    *MONEY_TABLE,
    *ROOMS_TABLE,
    *SAYING_TABLE,
    *ORIENTATION_TABLE,
    # reflection and outcomes
    ("travel:reflection-list", "GET", (L, 200, 200, 200, 200, 200, 403)),
    *REFLECTING_TABLE,
    ("travel:outcomes", "GET", (302, 403, 403, 403, 403, 200, 200)),
    ("travel:outcomes-pdf", "GET", (L, 403, 403, 403, 403, 302, 302)),  # no cycle has returned: the page says so
    # signing in: allauth's pages in our layout, the same for every role
    *ACCOUNTS_TABLE,
    ("account-detail", "GET", SIGNED_IN),
    ("account-edit", "GET", SIGNED_IN),
    ("travel:export", "GET", SIGNED_IN),
    ("account-texts", "GET", SIGNED_IN),
    ("account_login", "GET", (200,) + (302,) * 6),
    ("college-sign-in", "GET", (200,) + (302,) * 6),
    ("socialaccount_login_cancelled", "GET", (L,) * 7),
    # no college is set up in this world; tests/exchange/people/test_single_sign_on.py has two
    ("openid_connect_callback", "GET", (404,) * 7),
    ("saml_acs", "POST", (404,) * 7),
    ("saml_finish_acs", "GET", (404,) * 7),
    ("saml_sls", "GET", (404,) * 7),
    ("saml_metadata", "GET", (404,) * 7),
    ("account_signup", "GET", (200,) + (302,) * 6),
    ("account_logout", "GET", (302,) + (200,) * 6),
    ("account_inactive", "GET", PUBLIC),
    ("account_email", "GET", SIGNED_IN),
    ("account_change_phone", "GET", SIGNED_IN),
    ("usersessions_list", "GET", SIGNED_IN),
    ("mfa_index", "GET", SIGNED_IN),
    ("mfa_list_webauthn", "GET", SIGNED_IN),
]
SAML_NAMES = ("saml_acs", "saml_finish_acs", "saml_sls", "saml_metadata")
REFEREES_PAGES = [f"recommendation-{page}" for page in ("write", "send", "decline", "wrong-person")]


def url_names(resolver=None, namespace=""):
    """Every URL name of the project, except the admin's own (see test_admin.py)."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace != "admin":
                yield from url_names(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        else:
            yield namespace + (entry.name or str(entry.pattern))


def test_every_url_is_in_the_table():
    assert set(url_names()) == {name for name, _, _ in TABLE} | MIDDLE_OF_SIGNING_IN


@pytest.fixture(scope="module")
def everything(django_db_setup, django_db_blocker):
    """The rows of `world`, written once: each test runs in a transaction and rolls back only its own changes."""
    with django_db_blocker.unblock(), transaction.atomic():
        rows = one_of_everything()
        User.objects.filter(pk=rows["people"]["owner"].pk).update(phone=STUDENT_PHONE)
        yield rows
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def in_private(everything, django_db_blocker) -> None:
    """What one reader wrote, and how the office decided, before anything is released."""
    sent = everything["sent"]
    written = {"comment": f"Comment-{PRIVATE}.", "feedback": f"Feedback-{PRIVATE}."}
    with django_db_blocker.unblock():
        DecisionFactory(application=sent, result="waitlisted", reason=f"Reason-{PRIVATE}.")
        ReviewFactory(assignment=AssignmentFactory(application=sent), locked=True, **written)


@pytest.fixture(scope="module")
def sessions(everything, django_db_blocker) -> dict[str, str]:
    """A session key for each role that signs in; signing in for each address would be slower."""
    keys = {}
    with django_db_blocker.unblock():
        for role, person in everything["people"].items():
            if person:
                client = Client()
                client.force_login(person)
                keys[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return keys


@pytest.fixture
def client_of(world, sessions) -> Callable[[str], Client]:
    """`client_of(role)`: a new browser, signed in as that role unless it is a visitor."""

    def signed_in(role: str) -> Client:
        client = Client()
        if role in sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = sessions[role]
        return client

    return signed_in


@pytest.fixture
def world(everything, db):
    """Replaces the fixture of this name in conftest.py, which writes the rows anew for each test."""
    return everything


def arguments(name, world):
    """The keyword arguments of one URL in this world."""
    sent, draft, trip, placement = (world[key] for key in ("sent", "draft", "trip", "placement"))
    special = {
        "demo-sign-in": {"key": DEMO_PEOPLE[0].key},
        **dict.fromkeys(
            ("demo-message", "message-detail", "message-peek", "message-send-again", "message-address"),
            {"code": world["message"].code},
        ),
        **dict.fromkeys(("job-detail", "job-result"), {"code": world["job"].code}),
        "message-text": {"app": "applications", "event": "said"},
        "message-text-sample": {"app": "letters", "event": "placement", "language": "es"},
        **dict.fromkeys(
            ("message-text-history", "message-text-back"),
            {"app": "applications", "event": "said", "code": units()["applications/said"].texts[0].code},
        ),
        "application-export": {},
        "thread-file": {},
        **dict.fromkeys(
            ("reference-row", "reference-change", "reference-act"),
            {"kind": "fact", "key": Fact.objects.current().values_list("key", flat=True)[0]},
        ),
        "reference-add": {"kind": "entry"},
        **dict.fromkeys(("college-edit", "college-remove"), {"code": sent.college.code}),
        "openid_connect_callback": {"provider_id": "nowhere"},
        **dict.fromkeys(SAML_NAMES, {"organization_slug": "nowhere"}),
        **dict.fromkeys(("cycle-detail", "cycle-eligibility", "decision-bulk"), {"code": sent.cycle.code}),
        "application-still-true": {"code": draft.code, "section": draft.form.sections.first().key},
        "application-claim": {"token": "no-link-of-ours"},
        **dict.fromkeys(("application-overview", "application-check", "application-submit"), {"code": draft.code}),
        "application-section": {"code": draft.code, "section": draft.form.sections.first().key},
        "upload-download": {"code": world["upload"].code},
        "upload-file": {"token": link_to(world["upload"], world["people"]["owner"])},
        "upload-create": {"code": draft.code},
        "upload-piece": {"code": draft.code, "upload": world["incoming"].code},
        **dict.fromkeys(("upload-state", "upload-remove"), {"code": draft.code, "upload": world["draft_upload"].code}),
        **dict.fromkeys(REFEREES_PAGES, {"token": world["recommendation"].link}),
        **dict.fromkeys(("help-offer", "help-stop", "thread-begin"), {"code": sent.code}),
        **dict.fromkeys(("thread-detail", "thread-pass"), {"code": world["thread"].code}),
        **dict.fromkeys(("data-request-drop", "data-request-answer"), {"code": world["data_request"].code}),
        **dict.fromkeys(
            ("texts-unknown-detail", "texts-unknown-peek", "texts-unknown-done", "text-attach", "text-detach"),
            {"code": world["incoming_text"].code},
        ),
        **dict.fromkeys(
            ("office-task", "office-task-peek", "office-task-assign", "office-task-undo"),
            {"code": world["office_task"].code},
        ),
        "hold-lift": {"code": world["hold"].code},
        "review-record": {"code": world["assignment"].code},
        "selection-lever": {"code": sent.cycle.code, "kind": "need"},
    }
    short = name.split(":")[-1]
    if short in special:
        return special[short]
    if short in ABROAD_NAMES:
        return abroad_arguments(short, placement)
    if short in ITINERARY_NAMES:
        return itinerary_arguments(short, placement)
    if short in REFLECTING_NAMES:
        return reflecting_arguments(short, placement)
    if short in SAYING_NAMES:
        return saying_arguments(short, world)
    if short in ROOMS_NAMES:
        return rooms_arguments(short, placement)
    if short in MONEY_NAMES:
        return money_arguments(short, placement)
    if short in ORIENTATION_NAMES:
        return orientation_arguments(short, placement)
    if short in SIGNING_NAMES:
        return signing_arguments(short, placement)
    if short in ACCOUNTS_NAMES:
        return accounts_arguments(short, world)
    if short.startswith("scores-"):
        return scores_arguments(short, sent.cycle)
    if short in ("application-carry", "application-start"):
        return {"code": CycleFactory(ready=True).code}
    selecting = ("selection-reserves", "selection-levers", "selection-draft", "selection-compare", "selection-file")
    if short in ENDORSING_NAMES:
        return endorsing_arguments(short, sent)
    if short.startswith(selecting):
        return {"code": sent.cycle.code}
    if short in PREPARING_NAMES:
        return preparing_arguments(short)
    if short in PARTNER_NAMES:
        return partner_arguments(short, world)
    if short in PASSPORT_NAMES:
        return passport_arguments(short, world)
    if short in MEETING_NAMES:
        return meeting_arguments(short)
    if short.startswith("masking-") or short in ("review-save", "review-say", "review-unlock", "review-uncover"):
        return reading_arguments(short, world)
    if found := staffing_arguments(short, world) or assigning_arguments(short, world):
        return found if isinstance(found, dict) else {"code": found}
    if short.startswith("cycle-setup-"):
        return setup_arguments(short)
    if short in IMPACT_NAMES:
        return impact_arguments(short)
    if short == "follow-up-undo":
        return follow_up_arguments(short)
    if short in OWN_NAMES:
        return {"code": sent.code}
    if short in RELEASES_NAMES:
        return release_arguments(short)
    if "fairness" in short:
        return fairness_arguments(short)
    if "lottery" in short:
        return lottery_arguments(short)
    if name in {each for each, _method, _expected in TELLING_TABLE}:
        return telling_arguments(short, world)
    if name in {each for each, _method, _expected in PLACING_TABLE}:
        return placing_arguments(short, world)
    if short.startswith("checklist-item"):
        return {"code": placement.code, "key": placement.checklist_items.first().step.key}
    if short.startswith("step-file"):
        step = ChecklistStepFactory(cycle=placement.trip.cycle, evidence="file", advisor_sees=True)
        sent_file = StepFileFactory(item=ChecklistItemFactory(placement=placement, step=step))
        return {"code": placement.code, "key": step.key} if short == "step-file-send" else {"code": sent_file.code}
    if short in ("checklist-detail", "checklist-print"):
        return {"code": placement.code}
    if short.startswith("passport-") and short not in (
        "passport-stops",
        "passport-elsewhere",
        "passport-board",
        "passport-open-lists",
    ):
        return {"code": placement.application.code}
    of_an_application = (
        "application-",
        "endorsement-",
        "decision-",
        "recommendation-",
        "records-consent",
        "sharing-office",
    )
    if short.startswith(of_an_application) and not short.endswith(("-list", "endorsement-file")):
        return {"code": sent.code}
    return {}


QUERY = {
    "travel:placement-waiting": lambda world: {"cycle": world["trip"].cycle.code},
    "applications:application-list": lambda _world: {"status": ""},  # without anything it leads to a cycle
}
DATA = {
    **COMMITTEE_DATA,
    **PLACING_DATA,
    "set-language": {"language": "es", "next": "/"},
    "travel:passport-stage": {"stage": "gathering"},
    "travel:passport-cities": {"is_everywhere": "on"},
    "applications:application-export": {"format": "csv"},
}


def leads_to_sign_in(response) -> bool:
    """By a redirect; or in another tab, with the posted text still on the page."""
    if response.status_code == 401:
        return "exchange/people/signed_out.html" in [template.name for template in response.templates]
    return response.status_code == 302 and response.headers["Location"].startswith(reverse("account_login"))


@dataclass(frozen=True, slots=True)
class Address:
    """One row of the table, with what a request to it needs in this world."""

    name: str
    method: str
    expected: tuple
    path: str
    query: dict
    client: Callable[[str], Client]
    world: dict
    kwargs: dict

    def ask(self, role: str, method: str = ""):
        method = (method or self.method).lower()
        data = DATA.get(self.name, {}) if method == "post" else self.query
        response = getattr(self.client(role), method)(self.path, data)
        if response.streaming:
            list(response.streaming_content)  # reading to the end closes the file
        return response


SHOWS_NONE = re.compile(rb">\s*None\s*<")


def answers_each_role_as_the_table_says(address: Address) -> None:
    found = []
    for role in ROLES:
        with written() as tables:
            response = address.ask(role)
        found.append(L if leads_to_sign_in(response) else response.status_code)
        assert not SHOWS_NONE.search(getattr(response, "content", b"")), "the page shows Python's None"
        if role in ("coordinator", "director") and address.name in explanations():
            assert response.status_code != 200 or b"ex-how" in response.content, "“How this works” isn't on the page"
        if address.method == "GET":
            assert not tables - READING_WRITES.get(address.name, set()), "being read, it changes something"
            writes_down_who_opened_it(address, role, response)
            says_how_to_reach_the_student(address, role, response)
            tells_nobody_what_was_said_in_private(address, role, response)
            calls_numbers_with_their_country(response)
            shows_before_it_replaces(address, role, response)
    assert dict(zip(ROLES, found, strict=True)) == dict(zip(ROLES, address.expected, strict=True))


# What is written down as a page or file is given out, besides the access log: who took it, in the audit log
GIVEN_OUT = (
    *("applications:scores-file", "applications:upload-download", "job-result", "travel:agreement-download"),
    *("travel:open-doors-file", "travel:receipt-file", "travel:step-file"),
)
READING_WRITES = dict.fromkeys((*GIVEN_OUT, "travel:roster-people"), {"exchange_event"})
READING_WRITES["travel:outcomes-briefing"] = {"exchange_event", "travel_storyuse"}  # whose words were printed


def acts_never_by_being_read(address: Address) -> None:
    if address.method != "POST":
        return
    client = address.client("owner" if address.name.endswith("-done") else "coordinator")
    before = Event.objects.count()
    assert client.get(address.path).status_code in (302, 405)
    assert Event.objects.count() == before


def answers_no_other_method(address: Address) -> None:
    """One of the two that no page takes: what refuses them doesn't tell one from the other."""
    if ":" in address.name:  # the others belong to allauth
        method = ("PUT", "DELETE")[len(address.name) % 2]
        assert address.client("coordinator").generic(method, address.path).status_code == 405


def refuses_acts_of_whom_it_refuses_to_show(address: Address) -> None:
    """Pages with a form: a role that may not open the page may not post either, and nothing is written. One role for
    each kind of refusal, each time another: a page refuses its roles in one place, and by then knows no method.
    """
    if address.method != "GET":
        return
    refused = {}
    for role, answer in zip(ROLES, address.expected, strict=True):
        if answer in (L, 403, 404):
            refused.setdefault(answer, []).append(role)
    for roles in refused.values():
        role = roles[crc32(address.name.encode()) % len(roles)]
        before = Event.objects.count()
        response = address.ask(role, "POST")
        is_refused = response.status_code in (403, 404, 405)
        assert is_refused or leads_to_sign_in(response), (role, response.status_code)
        assert Event.objects.count() == before


# in Spanish, what is said to guests and staff: "usted", "su carta", "Elija" at the beginning of a sentence
FORMAL = re.compile(
    r"\b[Uu]sted\b|\bSus? (carta|ciudad|college|cuenta|datos|lista|lugar|pasaporte|solicitud|viaje)\b"
    r"|(?:^|[.:;!?] )(Abra|Avise|Elija|Escriba|Espere|Haga|Intente|Lea|Llame|Marque|Mire|Pida|Revise|Vea|Vuelva)\b",
    re.MULTILINE,
)
# Pages that a student may open as anybody may, and that speak to somebody else
TO_GUESTS = re.compile(
    r"applications:recommendation-|travel:(host-|sign-|signing|guardian|roster|family-|programme|check-in-answer)|invitation"
    r"|styleguide|demo"
)


def says_tu_to_students(address: Address) -> None:
    """Also where a word of staff would have the same English: "You" and "Your letter" are two words in Spanish."""
    if address.method != "GET" or address.expected[ROLES.index("owner")] != 200 or TO_GUESTS.match(address.name):
        return
    client = address.client("owner")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    response = client.get(address.path, address.query)
    if response.streaming:
        list(response.streaming_content)
        return
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return
    page = lxml.html.fromstring(response.content)
    for part in page.xpath("//script | //style | //textarea"):
        part.drop_tree()
    assert page.get("lang") == "es" or address.name == "travel:checklist-print"  # on paper it's in the student's own
    said = [re.sub(r"\s+", " ", text).strip() for text in page.xpath("//body//text()")]
    assert [text for text in said if FORMAL.search(text)] == []


@pytest.mark.parametrize(("name", "method", "expected"), TABLE, ids=[name for name, _, _ in TABLE])
def test_address(world, in_private, client_of, name, method, expected):
    """The rows an address needs are created once; the changes of each request are rolled back before the next."""
    kwargs = arguments(name, world)
    path = reverse(name, kwargs=kwargs)
    query = QUERY.get(name, lambda world: {})(world)
    address = Address(name, method, expected, path, query, client_of, world, kwargs)
    for check in (
        answers_each_role_as_the_table_says,
        acts_never_by_being_read,
        answers_no_other_method,
        refuses_acts_of_whom_it_refuses_to_show,
        says_tu_to_students,
    ):
        with transaction.atomic():
            check(address)
            transaction.set_rollback(True)
        cache.clear()


CALLS = re.compile(rb'href="tel:([^"]*)"')


def calls_numbers_with_their_country(response) -> None:
    """But for the short numbers of emergency services, which are of a type of their own."""
    numbers = {each.decode() for each in CALLS.findall(getattr(response, "content", b""))}
    short = {number for number in numbers if not number.startswith("+")}
    assert short <= set(HelpNumber.objects.filter(kind__in=HelpNumber.URGENT).values_list("phone", flat=True))


# Forms that begin with something and replace nothing of a colleague's
REPLACES_NOTHING = {
    "account-edit": "one's own account",
    "applications:application-withdraw-for": "a new statement, with today as its day",
    "applications:selection-interviews-plan": "new times",
    "applications:staff-note-add": "a new note",
    "applications:statement-record": "a new statement, with today as its day",
    "people-invite": "a new invitation",
    "travel:facility-add": "a new place",
    "travel:facility-wait": "what somebody heard today: the newest is right",
    "travel:passport-day-times": "new times",
    "travel:payment-detail": "the day of a payment, recorded once",
    "travel:placement-run-list": "a new run",
    "travel:receipt-detail": "what the student claims, approved once",
    "travel:trip-line": "a traveler's line, shown before it's taken off",
    "travel:trip-rooms": "new rooms",
    "travel:voucher-issue": "a new voucher",
}


def shows_before_it_replaces(address: Address, role: str, response) -> None:
    """A form of staff that begins with what is saved carries how it was then, so that a later save replaces nothing
    unseen (`tests/test_two_at_one_form.py`)."""
    content = getattr(response, "content", b"")
    if role in ("visitor", "owner", "stranger") or b"<form" not in content:
        return
    for form in lxml.html.fromstring(content).forms:
        names = [field.name for field in form.inputs if field.name]
        if form.method == "POST" and not any("seen" in name for name in names):
            begun = [field.name for field in form.inputs if field.name and is_begun(field)]
            assert not begun or address.name in REPLACES_NOTHING, (role, form.action, begun)


def is_begun(field) -> bool:
    kind = field.get("type", "text") if field.tag == "input" else field.tag
    if kind in ("hidden", "submit", "button", "file", "password"):
        return False
    if kind in ("checkbox", "radio"):
        return field.get("checked") is not None
    if kind == "select":
        return any(each.get("selected") is not None and each.get("value") for each in field.iter("option"))
    return bool(str((field.text if kind == "textarea" else field.get("value")) or "").strip())


# Pages whose address leads to something of one student, and that show only a list, or nothing but a form
NOT_ONE_STUDENTS = {
    "applications:assignment-change",
    "applications:review-conflict",
    "applications:interview-detail",
    "travel:voucher-detail",
    "travel:abroad-link",  # names nobody and holds nothing but the days of the link
}
# Pages whose address leads to an account, and that tell of its applications
OF_ACCOUNTS = {"person-detail", "person-merge-preview"}


def writes_down_who_opened_it(address: Address, role: str, response) -> None:
    """Every page or file that staff reach by something of one student, and that names the student or is a file."""
    world = address.world
    codes = {world[key].code for key in ("draft", "sent", "upload", "assignment", "offer", "placement", "thread")}
    is_a_file = address.name in OF_ACCOUNTS or set(address.kwargs.values()) & codes
    if role not in ("advisor", "reader", "coordinator") or address.name in NOT_ONE_STUDENTS or not is_a_file:
        return
    seen = AccessRecord.objects.filter(student=world["people"]["owner"], by=world["people"][role])
    if response.status_code == 200:
        assert seen.exists(), role
    else:
        assert not seen.exclude(what="file").exists(), role


# Staff pages about one student, where those who may help can call, email and write.
ABOUT_ONE_STUDENT = {
    "applications:application-detail",
    "applications:application-keep-away",
    "applications:appeal-detail",
    "applications:call-record",
    "applications:decision-correct",
    "applications:decision-record",
    "applications:endorsement-record",
    "applications:interview-score",
    "applications:offer-extend",
    "applications:recommendation-revoke",
    "applications:application-return",
    "applications:application-withdraw-for",
    "applications:staff-note-add",
    "applications:staff-note-edit",
    "applications:statement-record",
    "applications:thread-begin",
    "applications:thread-detail",
    "travel:activity",
    "travel:checklist-detail",
    "travel:project-detail",
    "travel:checklist-print",
    "travel:entry-record",
    "travel:guardian-call",
    "travel:itinerary",
    "travel:money-promise",
    "travel:receipt-detail",
    "travel:checklist-item",
    "travel:data-request-answer",
    "travel:group-message-detail",
    "travel:group-message-edit",
    "travel:sharing-office",
    "travel:placement-detail",
    "travel:placement-name",
}
ABOUT_ANOTHER = {"applications:interview-score"}  # its rows belong to another student
STUDENT_PHONE = "+12135550177"
WAYS = ("tel:+12135550177", "mailto:{email}", "/write/")


def says_how_to_reach_the_student(address: Address, role: str, response) -> None:
    """To those who may help. Found by the student's name in a page's heading, so that a new page can't be forgotten."""
    if address.name in PUBLIC_LINKS or response.streaming or response.status_code != 200:
        return
    owner, page = address.world["people"]["owner"], response.content.decode(errors="replace")
    ways = [way.format(email=owner.email) for way in WAYS]
    if role in ("reader", "director"):
        assert [way for way in ways[:2] if way in page] == [], role
    elif role in ("advisor", "coordinator"):
        assert address.name in ABOUT_ONE_STUDENT or owner.full_name not in heading_of(page), "not in ABOUT_ONE_STUDENT"
        if address.name in ABOUT_ONE_STUDENT:
            needed = ["ex-contact"] if address.name in ABOUT_ANOTHER else ways
            assert [way for way in needed if way not in page] == [], role


PRIVATE = "in-private"
# the public question "which college?" lists all of them
LISTS_COLLEGES = {"applications:cycle-eligibility"}


def tells_nobody_what_was_said_in_private(address: Address, role: str, response) -> None:
    """Before the release only the office sees scores, reasons and feedback; readers and the mayor's office never see
    the student's name, address and college. A referee's link names the student to its holder.
    """
    is_file = response.headers.get("Content-Type", "").startswith(("application/pdf", "image/"))
    made_up = address.name.startswith(("demo", "styleguide"))
    if role in ("visitor", "coordinator") or response.streaming or is_file or made_up:
        return
    page, owner = response.content.decode(errors="replace"), address.world["people"]["owner"]
    hidden = {PRIVATE}
    if role in ("reader", "director") and address.name not in PUBLIC_LINKS:
        hidden |= {"Marisol", "Ortega", owner.email}
        hidden |= set() if address.name in LISTS_COLLEGES else {address.world["sent"].college.name}
    assert {word for word in hidden if word in page} == set(), role


def test_the_office_sees_what_was_said_in_private(world, in_private, client_of):
    page = client_of("coordinator").get(reverse("applications:decision-record", args=[world["sent"].code])).text
    assert all(word in page for word in (PRIVATE, "Marisol"))


def heading_of(page: str) -> str:
    """The page's h1, and the small line above it."""
    start = page.find("ex-page-heading")
    return page[start : page.find("</h1>", start)] if start >= 0 else ""


PUBLIC_LINKS = {f"applications:{name}" for name in REFEREES_PAGES}


def parts_of_addresses(resolver=None, namespace="") -> dict[str, list[str]]:
    """The variable parts of all addresses, by name: a code, a key, a token."""
    found = {}
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            found |= parts_of_addresses(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif entry.pattern.converters:
            found[namespace + (entry.name or "")] = list(entry.pattern.converters)
    return found


PARTS = parts_of_addresses()
# a poster outlives its code, and what it leads to is the same for all
ANY_CODE = {"applications:interest-from"}
VARYING = [(name, method) for name, method, _ in TABLE if name in PARTS and name not in ANY_CODE]


def test_unknown_code_is_not_found(client_of):
    client, found = client_of("coordinator"), {}
    for name, method in VARYING:
        path = reverse(name, kwargs=dict.fromkeys(PARTS[name], "nosuch99"))
        found[name, method] = getattr(client, method.lower())(path).status_code
    assert {key: code for key, code in found.items() if code != 404} == {}
