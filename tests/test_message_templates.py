"""Every message template, rendered as it would be sent, in both languages and each number."""

import copy
import datetime as dt
import re

import pytest
from django.conf import settings as project
from django.db import transaction
from django.template.base import Node, TextNode
from django.template.defaulttags import LoadNode, PartialDefNode
from django.template.loader import get_template
from django.template.loader_tags import BlockNode, ExtendsNode
from django.test import override_settings
from django.utils import timezone, translation

from applications.models import (
    Appeal,
    Assignment,
    Interest,
    Interview,
    InterviewSlot,
    Question,
    ScheduledRelease,
    Statement,
    Upload,
)
from exchange.messages import outbox
from exchange.models import (
    AccountReset,
    Backup,
    DataRequest,
    Invitation,
    Language,
    Message,
    PastRole,
    Role,
    SignInAlert,
    User,
)
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import CycleFactory, RecommendationFactory, application_facts
from tests.factories_help import HelpSessionFactory, ThreadFactory
from tests.factories_travel import (
    PROMPTS,
    AgreementFactory,
    ChecklistItemFactory,
    ChecklistStepFactory,
    ContactFactory,
    FormTextFactory,
    HostLinkFactory,
    PlacementFactory,
    TripFactory,
    travel_facts,
)
from tests.itineraries import homebound, outbound
from tests.test_translations import FAMILIAR
from travel.abroad.actions.help import Caller
from travel.base.itinerary import ShownLeg, zone_names
from travel.models import (
    BreakGlass,
    CheckIn,
    CheckInPerson,
    Incident,
    MoneyPromise,
    MoneyRule,
    OrientationSession,
    PassportBooking,
    PassportDay,
    Payment,
    Receipt,
    ReflectionPrompt,
    StepFile,
    Story,
    StoryText,
    TripChange,
    VisaDay,
)
from travel.prepare.itinerary.news import Change, LazyFlights

pytestmark = pytest.mark.django_db
EMAILS = project.BASE_DIR / "templates/emails"
EVENTS = sorted(str(path.relative_to(EMAILS)).removesuffix(".txt") for path in EMAILS.glob("*/[!_]*.txt"))
GUESTS = ("to_guest", "to_referee")
USTED = ("to_staff", *GUESTS)
FRAMES = (*USTED, "to_student", "to_account")
BILINGUAL = "to_referee"  # nobody knows their language
SITE = "https://students.example.gov"
OFFICE = {
    "OFFICE_NAME": "Exchange team, Mayor’s Office",
    "OFFICE_NAME_ES": "Equipo de intercambio, Oficina de la Alcaldía",
    "OFFICE_EMAIL": "office@example.gov",
    "OFFICE_PHONE": "+1 213 555 0148",
}
OFFICE_NAMES = {"en": OFFICE["OFFICE_NAME"], "es": OFFICE["OFFICE_NAME_ES"]}
NAME_IN_TEXTS = "Mayor's Young Ambassadors: "
LINKS_AT_MOST = 1  # an interview's own link to a video call comes on top, where the office entered one as its place
WITH_A_WAY_OUT = {"applications/interest_open"}  # has the link that deletes the address, too
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


@pytest.fixture(autouse=True, scope="module")
def strict_templates():
    """Once for the module: each time they are set, every template is read and compiled again."""
    templates = copy.deepcopy(project.TEMPLATES)
    templates[0]["OPTIONS"]["string_if_invalid"] = LEFT_OVER[0]
    with override_settings(TEMPLATES=templates, SITE_URL=SITE, **OFFICE):
        yield


@pytest.fixture(scope="module")
def contexts(django_db_setup, django_db_blocker):
    """The rows that messages name, one of each and several, written once: no test changes them."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield [one_of_everything(count) for count in (1, 3)]
        transaction.set_rollback(True)


@pytest.fixture
def context(contexts, db):
    return contexts[0]


def one_of_everything(count):
    """One row of everything that any message names. No `signer`: only some reminders have one."""
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
        "reset": AccountReset(kind="email"),
        "waiting": AccountReset(
            kind="email", asked_by=UserFactory(full_name="Ruth Abebe"), asked_at=SATURDAY, alone_after=SATURDAY
        ),
        **_roles(placement.application.college, count),
        "alert": SignInAlert(kind="addresses", count=count),
        "recommendation": RecommendationFactory(application=placement.application),
        "upload": Upload(question=Question(label_en="Your classes", label_es="Tus clases"), refused_because="infected"),
        "cycle": cycle,
        "placement": placement,
        "trip": placement.trip,
        "prompt": ReflectionPrompt.objects.create(cycle=cycle, **PROMPTS[0]),
        "until": SATURDAY.date(),
        "href": "/alumni/link/x/",
        "is_off": count == 1,
        "story": Story(code="STRY2345"),
        "words": StoryText(quote="Nobody sits down to eat there, so I stood."),
        "items": [
            ChecklistItemFactory(placement=placement, step=ChecklistStepFactory(cycle=cycle)) for _item in range(count)
        ],
        "count": count,
        "labels": "K7-MFQ2" if count == 1 else "K7-MFQ2, P3-9WXC, T5-4HJK",
        "assignment": Assignment(code="K7MFQ2XR") if count == 1 else None,
        "sent": 80 * count,
        "limit": 100,
        "is_used_up": count > 1,
        "path": "/passports/ABCD2345/",
        "college": placement.application.college,
        "received_at": SATURDAY,
        "answer_by": SATURDAY,
        "session": HelpSessionFactory(application=placement.application, granted=True),
        "asked": DataRequest(
            asked_by=student,
            kind="deletion" if count == 1 else "correction",
            due_on=SATURDAY.date(),
            result="done",
            answer="2027.",
        ),
        "needs_consent": count == 1,
        "thread": ThreadFactory(student=student, college=placement.application.college),
        "code": CODE,
        "site_host": SITE.removeprefix("https://"),
        "code_minutes": 10,
        "what": "",
        "change": TripChange(kind="cancel" if count == 1 else "postpone", reason_en="2027.", reason_es="2027."),
        "new": placement.trip,
        "was": TripFactory(),
        "is_back": count == 1,
        "heard": "phone" if count == 1 else "",
        "heard_on": SATURDAY.date(),
        "has_spot": count == 1,
        "scheduled": ScheduledRelease(kind="spots", cycle=cycle, due_at=SATURDAY, refusal="2027."),
        "page": "/selection/",
        "interest": Interest(email="guest@example.edu", token="t" * 43),
        "appeal": Appeal(due_on=SATURDAY.date()),
        "statement": Statement(
            application=placement.application,
            what="decline" if count == 1 else "higher",
            heard="phone" if count == 1 else "writing",
            heard_on=SATURDAY.date(),
            recorded_at=SATURDAY,
            code="STMT2345",
        ),
        "went": "stayed" if count == 1 else "home_early",
        "reason": "You called us: you have a new job.",
        "reader": UserFactory(full_name="Omar Haddad"),
        "writer": UserFactory(full_name="Ruth Abebe"),
        "handler": UserFactory(full_name="Iris Amaya"),
        "incident": Incident(trip=placement.trip, severity="severe"),
        "is_named": count == 1,
        "use": BreakGlass(placement=placement),
        "was_locked": count == 1,
        "is_lacking": count == 3,
        "last_day": SATURDAY.date(),
        "due_on": SATURDAY.date(),
        "is_late": count == 3,
        "visa_day": VisaDay(starts_at=SATURDAY, minutes=60, place="1060", address="Main Street 1"),
        "is_changed": count == 1,
        "is_reminder": count == 3,
        "helper": UserFactory(full_name="Elena Office") if count == 1 else None,
        "since": SATURDAY,
        "backup": Backup(error="" if count == 1 else "OSError: No space left on device"),
        **_money(placement, count),
        "item": ChecklistItemFactory(placement=placement),
        "file": StepFile(returned_because="2027.") if count == 1 else StepFile(refused_because="infected"),
        "orientation": OrientationSession(place="1060", note_en="2027.", note_es="2027."),
        "when": "2027.",
        **_check_in(placement, count),
        **_itinerary(placement.trip, count),
        **_partners(),
        **_appointments(placement.application),
    }


def _roles(college, count) -> dict[str, object]:
    by, other = UserFactory(full_name="Ines Vega"), CollegeFactory()
    more = {"college": college, "kind": "advisor"}
    invitation = Invitation(email="a@example.edu", expires_at=SATURDAY, invited_by=by if count == 1 else None, **more)
    past = PastRole(became=Role(college=other, kind="advisor"), **more)
    return {"invitation": invitation, "past": past, "decided_by": by, "newcomer": UserFactory(full_name="Nadia Haddad")}


def _money(placement, count) -> dict[str, object]:
    rule = MoneyRule(title_en="Passport photo", title_es="Foto para el pasaporte")
    promise = MoneyPromise(placement=placement, rule=rule, cents=1700)
    return {
        "promise": promise,
        "receipt": Receipt(promise=promise, cents=1499, reason="2027."),
        "payment": Payment(paid_on=SATURDAY.date(), reference="PR-2027"),
        "cents": 25000 * count,
    }


def _check_in(placement, count) -> dict[str, object]:
    words = {"why_en": "There was an earthquake.", "why_es": "Hubo un temblor."}
    check_in = CheckIn(kind="real" if count == 1 else "drill", **words)
    state = {1: "asked", 2: "help"}.get(count, "safe")
    person = CheckInPerson(check_in=check_in, placement=placement, number="+12135550134", state=state)
    leaders = [ContactFactory.build(host=None, trip=placement.trip, name="Ruth Abebe", phone="+1 213 555 0199")]
    common = {
        "check_in": check_in,
        "person": person,
        "leaders": leaders,
        "traveler": Caller("Marisol Reyes Ortega", "Marisol", None),
        "again": count == 3,
        "to_call": ["Marisol Reyes Ortega", "Théo Lim"][: min(count, 2)],
        "more": 3 if count > 1 else 0,
        "missed": ["Marisol Reyes Ortega"] if count != 2 else [],
        "silent": ["Théo Lim"] if count > 1 else [],
        "href": "/check-ins/CODE/",
    }
    return common | {"student": placement.application.student}


def _itinerary(trip, count) -> dict[str, object]:
    """A flight that moved and, of several changes, one that is new and one that was canceled."""
    old, new = outbound().leg, outbound(number="VN 7").leg
    pairs = [(old, new), (None, new), (old, None)][:count]
    words = [Change(*(leg and ShownLeg(leg, zone_names(trip)) for leg in pair)) for pair in pairs]
    rows = [(new, None), (homebound().leg, None)]
    # the first itinerary of somebody has only new lines
    changes = [Change(None, words[0].new)] if count == 1 else words
    return {"changes": changes, "is_first": count == 1, "flights": LazyFlights(trip, rows)}


def _partners() -> dict[str, object]:
    """The rows of a host and its trip: their messages take every name from the link."""
    link = HostLinkFactory()
    text = FormTextFactory(cycle=link.trip.cycle)
    return {"link": link, "contact": link.contact, "agreement": AgreementFactory(), "text": text}


def _appointments(application) -> dict[str, object]:
    slot = InterviewSlot(pk=1, starts_at=SATURDAY, minutes=20, place="1060")
    slot._prefetched_objects_cache = {"interviewers": [User(full_name="Rosa Ibarra"), User(full_name="Noel Ames")]}
    day = PassportDay(on=SATURDAY.date(), place="Student Union", address="6201 Winnetka Avenue")
    lacking = [PassportBooking.Paper.ID, PassportBooking.Paper.MONEY]
    interview = Interview(application=application, slot=slot, book_by=SATURDAY)
    return {"slot": slot, "interview": interview, "day": day, "lacking": lacking}


def drafts(event: str, language: str, context: dict) -> dict[str, Message]:
    """The messages written, by channel, for a person with an email address and a phone."""
    what = {"en": "A passkey was added.", "es": "Se agregó una llave de acceso."}[language]
    if frame_of(event) in GUESTS:
        receiver = outbox.Guest(email="guest@example.edu", phone="+12135550134", language=language, name="Ruth Delgado")
    else:
        receiver = UserFactory.build(
            preferred_name="Marisol", phone="+12135550134", phone_verified_at=timezone.now(), language=language
        )
    with translation.override(language):
        return {row.channel: row for row in outbox.drafts(event, receiver, {**context, "what": what})}


def frame_of(event: str) -> str:
    found = re.match(r'{% extends "emails/(\w+)\.txt" %}\n', (EMAILS / f"{event}.txt").read_text())
    assert found, f"{event}.txt has to extend emails/to_student.txt or another frame, which greets and signs"
    return found[1]


GREETINGS = {
    ("to_student", "en"): "Hi Marisol,",
    ("to_student", "es"): "Hola, Marisol:",
    ("to_staff", "en"): "Hi Marisol,",
    ("to_staff", "es"): "Buen día, Marisol:",
    **dict.fromkeys([(frame, "en") for frame in GUESTS], "Dear Ruth Delgado,"),
    **dict.fromkeys([(frame, "es") for frame in GUESTS], "Buen día, Ruth Delgado:"),
    ("to_account", "en"): "Hello,",
    ("to_account", "es"): "Hola:",
}
REPLY = {
    ("en", False): "Questions? Just reply to this email.",
    ("en", True): "Questions? Just reply to this email.",
    ("es", False): "¿Tienes preguntas? Responde a este correo.",
    ("es", True): "¿Tiene preguntas? Responda a este correo.",
}
CODES = (
    "exchange/confirm_code",
    "exchange/reauthentication_code",
    "exchange/sign_in_code",
    "travel/leader_code",
)  # nobody should answer a code, least of all with it


def is_whole(event: str, rows: dict[str, Message]) -> None:
    assert frame_of(event) in FRAMES
    assert rows["email"].subject and "\n" not in rows["email"].subject
    assert len(rows["email"].subject) <= 78
    for row in rows.values():
        text = "\n".join((row.subject, row.body, row.html))
        assert row.body
        assert [mark for mark in LEFT_OVER if mark in text] == []


def greets_signs_and_can_be_answered(event: str, language: str, email: Message) -> None:
    frame = frame_of(event)
    first, other = ("en", "es") if language == "en" else ("es", "en")
    parts = dict(zip((first, other), email.body.split("\n\n* * *\n\n"), strict=False))

    assert set(parts) == ({"en", "es"} if frame == BILINGUAL else {language})
    for each, body in parts.items():
        phone = "+1 213-555-0148"
        name = OFFICE["OFFICE_NAME_ES" if each == "es" else "OFFICE_NAME"]
        assert body.startswith(GREETINGS[frame, each] + "\n\n")
        assert body.endswith(f"\n\n{name}\n{phone}")
        reply = REPLY[each, frame in USTED]
        assert body.count(reply) == (0 if event in CODES else 1)
    assert email.reply_to == OFFICE["OFFICE_EMAIL"]


def has_one_link_on_a_line_of_its_own(event: str, body: str) -> None:
    assert len({line for line in body.splitlines() if SITE in line}) <= LINKS_AT_MOST + (event in WITH_A_WAY_OUT)
    assert all(line.startswith(SITE) and " " not in line for line in body.splitlines() if SITE in line)
    assert "\n\n\n" not in body


def says_who_writes_in_two_segments(event: str, body: str) -> None:
    """Codes begin with the code, so that phones offer it; reminders begin with the advisor who signs them."""
    assert body.startswith(CODE if event in CODES else NAME_IN_TEXTS)
    assert event in CODES or body.count(SITE) <= 1
    assert segments(body) <= 2, f"{len(body)} characters, {sorted(set(body) - GSM - GSM_TWICE)}: {body}"


def says_tu_or_usted_by_frame(event: str, context: dict) -> None:
    """In the subject, in the text and around it; the words of rows of data are not ours."""
    for row in drafts(event, "es", {**context, "items": [], "lacking": []}).values():
        words = re.sub(r"<[^>]+>|https?://\S+", " ", f"{row.subject}\n{row.body}\n{row.html}")
        if frame_of(event) in USTED:
            assert not (found := FAMILIAR.search(words)), found
        else:
            assert not (found := re.search(r"\b(usted|Responda|Lea|Vea|Entre|Escriba)\b", words)), found


def is_all_in_spanish(english: dict[str, Message], spanish: dict[str, Message], context: dict) -> None:
    for channel, row in english.items():
        other = spanish[channel]
        assert channel == "text" or row.subject != other.subject
        same = {line for line in row.body.splitlines() if line} & set(other.body.splitlines())
        data = (CODE, context["reason"], context["asked"].answer, "+1 213-555-0148")
        data += (f"“{context['words'].quote}”",)
        assert {line for line in same if not line.startswith((SITE, "@")) and line not in data} == set()


def is_in_both_languages(english: str, spanish: str) -> None:
    """To a referee: the same two parts, the other way round."""
    ours, theirs = (([part.strip() for part in body.split("* * *")]) for body in (english, spanish))
    assert len(ours) == 2
    assert ours == [*reversed(theirs)]
    assert ours[0] != ours[1]


@pytest.mark.parametrize("event", EVENTS)
def test_message(event, contexts, db):
    """Each is rendered for one of everything and for several, in each language, and looked at as a whole."""
    for context in contexts:
        said = {language: drafts(event, language, context) for language in Language.values}
        for language, rows in said.items():
            is_whole(event, rows)
            greets_signs_and_can_be_answered(event, language, rows["email"])
            has_one_link_on_a_line_of_its_own(event, rows["email"].body)
            if "text" in rows:
                says_who_writes_in_two_segments(event, rows["text"].body)
        says_tu_or_usted_by_frame(event, context)
        english, spanish = said["en"], said["es"]
        assert english.keys() == spanish.keys()
        assert ("text" in english) == ("text" in parts_of(event)[1])
        if frame_of(event) == BILINGUAL:
            is_in_both_languages(english["email"].body, spanish["email"].body)
        else:
            is_all_in_spanish(english, spanish, context)


def test_no_part_of_a_message_is_escaped(context):
    person = copy.copy(context["application"].student)
    person.full_name = person.preferred_name = "Zoe O'Neil & Co"
    for language in Language.values:
        placement = copy.copy(context["placement"])
        placement.application = copy.copy(placement.application)
        placement.application.student = person
        rows = drafts("travel/guardian_asked", language, {**context, "placement": placement})
        for said in (rows["email"].subject, rows["email"].body, rows["text"].body):
            assert "O'Neil & Co" in said
        assert "O&#x27;Neil &amp; Co" in rows["email"].html


def test_an_advisor_who_signs_gets_the_reply(context):
    advisor = UserFactory(full_name="Adaeze Okafor", email="adaeze@example.edu")
    for language, line in (("en", "Advisor, "), ("es", "Consejería, ")):
        email = drafts("applications/reminder_closing", language, {**context, "signer": advisor})["email"]
        college = context["application"].college.name
        assert f"\n\nAdaeze Okafor\n{line}{college}\n\n{OFFICE_NAMES[language]}\n" in email.body
        assert email.reply_to == "adaeze@example.edu"


def test_a_message_without_a_name_or_a_phone_is_whole(context, settings):
    settings.OFFICE_PHONE = settings.OFFICE_NAME = settings.OFFICE_NAME_ES = ""
    nobody = outbox.Guest(email="someone@example.edu", language="es")

    [email] = outbox.drafts("travel/host_asked", nobody, context)

    assert email.body.startswith("Buen día:\n\n") and email.body.endswith("\n\nEl equipo de intercambio")


def test_no_message_names_a_past_day_as_something_to_come(context):
    """Decisions can be late, and a reminder can come after a date."""
    cycle, application = context["cycle"], context["application"]
    cycle.decisions_on = application.cycle.decisions_on = timezone.localdate() - dt.timedelta(days=1)
    past = {**context, "answer_by": timezone.now() - dt.timedelta(hours=1)}
    for item in context["items"]:
        item.do_by = cycle.decisions_on

    told = [drafts(event, "en", past)["email"].body for event in SAY_WHEN]

    assert [body for body in told if "hear from us by" in body or "If you’re offered" in body] == []
    assert "as soon as you can" in told[-1] and ": by " not in told[-1]


SAY_WHEN = [
    *(f"applications/{name}" for name in ("application_received", "application_goes_on", "interview_called_off")),
    *("applications/decision_released", "applications/decision_corrected", "travel/items_due"),
]


BLOCKS = {"greeting", "body", "reply", "phone"}


def parts_of(event: str) -> tuple[set[str], set[str], list[Node]]:
    """What the file of a message has: its blocks, its partials, and anything else, which nothing would say."""
    [extends] = get_template(f"emails/{event}.txt").template.nodelist.get_nodes_by_type(ExtendsNode)
    blocks, partials, rest = set(), set(), []
    for node in extends.nodelist:
        match node:
            case BlockNode():
                blocks.add(node.name)
            case PartialDefNode():
                partials.add(node.partial_name)
            case LoadNode():
                pass
            case TextNode() if not node.s.strip():
                pass
            case _:
                rest.append(node)
    return blocks, partials, rest


@pytest.mark.parametrize("event", EVENTS)
def test_a_message_has_a_subject_and_a_body_and_nothing_that_is_never_said(event):
    """A part whose name is mistyped would be missing, and no page would say so."""
    blocks, partials, rest = parts_of(event)
    assert {"body"} <= blocks <= BLOCKS
    assert {"subject"} <= partials <= {"subject", "text"}
    assert rest == []
