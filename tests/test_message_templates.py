"""Every message template, rendered as it would be sent, in both languages and each number."""

import copy
import datetime as dt

import pytest
from django.conf import settings as project
from django.db import transaction
from django.utils import timezone, translation

from applications.models import Interview, InterviewSlot, Question, Upload
from exchange.messages import outbox
from exchange.models import Language, Message
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, RecommendationFactory, application_facts
from tests.factories_help import HelpSessionFactory, ThreadFactory
from tests.factories_travel import (
    PROMPTS,
    AgreementFactory,
    ChecklistItemFactory,
    ChecklistStepFactory,
    HostLinkFactory,
    PlacementFactory,
    travel_facts,
)
from travel.models import PassportBooking, PassportDay, ReflectionPrompt

pytestmark = pytest.mark.django_db
EMAILS = project.BASE_DIR / "templates/emails"
EVENTS = sorted(str(path.relative_to(EMAILS)).removesuffix(".subject.txt") for path in EMAILS.rglob("*.subject.txt"))
# to referees, whose language nobody knows
BILINGUAL = {f"applications/recommendation_{event}" for event in ("asked", "reminder", "no_longer_needed")}
SITE = "https://students.example.gov"
CODE = "482913"
SATURDAY = dt.datetime(2026, 12, 12, 20, 0, tzinfo=dt.UTC)  # the weekday that Spanish writes with an á
# the output of an unknown name in a template; {{ }}, {% %} and %( )s are tags that were not rendered
LEFT_OVER = ("⟦missing⟧", "{{", "}}", "{%", "%}", "%(", "None")
# The GSM alphabet of text messages: any other character makes every character of the message cost two bytes.
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = set("^{}\\[~]|€\f")  # these take two places each


def segments(text: str) -> int:
    """The number of parts in which a network sends the text; each part costs money."""
    if set(text) <= GSM | GSM_TWICE:
        length, alone, joined = len(text) + sum(char in GSM_TWICE for char in text), 160, 153
    else:
        length, alone, joined = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= alone else -(-length // joined)


@pytest.mark.parametrize(
    ("text", "count"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("€" * 80, 1), ("€" * 81, 2), ("í" * 70, 1), ("í" * 135, 3)],
    ids=str,
)
def test_segments_are_counted_as_the_networks_do(text, count):
    assert segments(text) == count


@pytest.fixture(autouse=True)
def strict_templates(settings):
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["OPTIONS"]["string_if_invalid"] = LEFT_OVER[0]
    settings.TEMPLATES = templates
    settings.SITE_URL = SITE


@pytest.fixture(scope="module", params=[1, 3], ids=["one", "several"])
def everything(request, django_db_setup, django_db_blocker):
    """The rows of `context`, written once: no test changes them."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield one_of_everything(request.param)
        transaction.set_rollback(True)


@pytest.fixture
def context(everything, db):
    return everything


def one_of_everything(count):
    """One row of everything that any message names."""
    application_facts()
    travel_facts()
    student = UserFactory(full_name="Marisol Reyes Ortega", preferred_name="Marisol")
    cycle = CycleFactory(
        name_en="Spring 2027",
        name_es="Primavera de 2027",
        opens_at=SATURDAY - dt.timedelta(days=60),
        closes_at=SATURDAY,
    )
    placement = PlacementFactory(trip__cycle=cycle, application__student=student)
    return {
        "application": placement.application,
        "recommendation": RecommendationFactory(application=placement.application),
        "is_named": count == 1,
        "upload": Upload(question=Question(label_en="Your classes", label_es="Tus clases"), refused_because="infected"),
        "cycle": cycle,
        "placement": placement,
        "trip": placement.trip,
        "prompt": ReflectionPrompt.objects.create(cycle=cycle, **PROMPTS[0]),
        "items": [
            ChecklistItemFactory(placement=placement, step=ChecklistStepFactory(cycle=cycle)) for _item in range(count)
        ],
        "count": count,
        "path": "/passports/ABCD2345/",
        "received_at": SATURDAY,
        "answer_by": SATURDAY,
        "session": HelpSessionFactory(application=placement.application, granted=True),
        "thread": ThreadFactory(student=student, college=placement.application.college),
        "code": CODE,
        "site_host": SITE.removeprefix("https://"),
        "what": "",
        "went": "stayed" if count == 1 else "home_early",
        "reason": "You called us: you have a new job.",
        "reader": UserFactory(full_name="Omar Haddad"),
        "was_locked": count == 1,
        "is_lacking": count == 3,
        "signer": UserFactory(full_name="Adaeze Okafor"),
        "last_day": SATURDAY.date(),
        **_partners(),
        **_appointments(placement.application),
    }


def _partners() -> dict[str, object]:
    """The rows of a host and its trip: their messages take every name from the link."""
    link = HostLinkFactory()
    return {"link": link, "contact": link.contact, "agreement": AgreementFactory()}


def _appointments(application) -> dict[str, object]:
    slot = InterviewSlot(starts_at=SATURDAY, minutes=20, place="1060")
    day = PassportDay(on=SATURDAY.date(), place="Student Union", address="6201 Winnetka Avenue")
    lacking = [PassportBooking.Paper.ID, PassportBooking.Paper.MONEY]
    interview = Interview(application=application, slot=slot, book_by=SATURDAY)
    return {"slot": slot, "interview": interview, "day": day, "lacking": lacking}


def drafts(event: str, language: str, context: dict) -> dict[str, Message]:
    """The messages written, by channel, for a person with an email address and a phone."""
    what = {"en": "A passkey was added.", "es": "Se agregó una llave de acceso."}[language]
    receiver = UserFactory.build(phone="+12135550134", phone_verified_at=timezone.now(), language=language)
    with translation.override(language):
        return {row.channel: row for row in outbox.drafts(event, receiver, {**context, "what": what})}


@pytest.mark.parametrize("language", Language.values)
@pytest.mark.parametrize("event", EVENTS)
def test_message_is_whole(event, language, context):
    rows = drafts(event, language, context)

    assert rows["email"].subject and "\n" not in rows["email"].subject
    assert len(rows["email"].subject) <= 78
    for row in rows.values():
        text = "\n".join((row.subject, row.body, row.html))
        assert row.body
        assert [mark for mark in LEFT_OVER if mark in text] == []


@pytest.mark.parametrize("event", [event for event in EVENTS if event not in BILINGUAL])
def test_message_is_all_in_spanish(event, context):
    english, spanish = (drafts(event, language, context) for language in ("en", "es"))

    assert english.keys() == spanish.keys()
    for channel, row in english.items():
        other = spanish[channel]
        assert channel == "text" or row.subject != other.subject
        same = {line for line in row.body.splitlines() if line} & set(other.body.splitlines())
        assert {line for line in same if not line.startswith((SITE, "@")) and line != CODE} == set()


@pytest.mark.parametrize("event", sorted(BILINGUAL))
def test_message_to_a_referee_is_in_both_languages(event, context):
    english, spanish = (drafts(event, language, context)["email"].body.split("* * *") for language in ("en", "es"))

    assert [part.strip() for part in english] == [part.strip() for part in reversed(spanish)]
    assert english[0].strip() != english[1].strip()


@pytest.mark.parametrize("language", Language.values)
@pytest.mark.parametrize("event", [event for event in EVENTS if (EMAILS / f"{event}.sms.txt").exists()])
def test_text_message_takes_two_segments_at_most(event, language, context):
    body = drafts(event, language, context)["text"].body
    assert segments(body) <= 2, f"{len(body)} characters, {sorted(set(body) - GSM - GSM_TWICE)}: {body}"


def test_there_is_no_text_without_its_email():
    texts = {str(path.relative_to(EMAILS)).removesuffix(".sms.txt") for path in EMAILS.rglob("*.sms.txt")}
    bodies = {str(path.relative_to(EMAILS)).removesuffix(".txt") for path in EMAILS.rglob("*.txt")}
    assert texts <= set(EVENTS) <= bodies
