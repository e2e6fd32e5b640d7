"""Handles incoming texts: STOP, START and HELP are carried out and answered; everything else goes to a person.

Other apps register who takes a text: a check-in hears every text before the keywords, because YES means something else
while one runs; a student's thread takes what is left; and the office gets the rest, from numbers that we don't know.
STOP always counts as STOP. A text that arrives twice (SNS delivers at least once) finds its row and has no effect.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import consent, outbox
from exchange.messages.consent import How
from exchange.models import IncomingText, Language, Message, User
from exchange.reference import facts

WentTo = IncomingText.WentTo
# The words that 47 CFR 64.1200(a)(10) names, carriers' STOPALL, and Spanish ones. Spaces and hyphens don't count.
STOP_ENGLISH = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
STOP_SPANISH = frozenset(
    {"ALTO", "PARAR", "BAJA", "DARDEBAJA", "DARMEDEBAJA", "CANCELAR", "NOMAS", "DETENER", "REVOCAR", "BASTA", "SALIR"}
)
STOP = STOP_ENGLISH | STOP_SPANISH
START = frozenset({"START", "UNSTOP", "YES", "INICIAR", "EMPEZAR", "SI"})
HELP = frozenset({"HELP", "AYUDA", "INFO"})
SPANISH = STOP_SPANISH | {"INICIAR", "EMPEZAR", "SI", "AYUDA"}
POLITE = frozenset({"PLEASE", "POR", "FAVOR", "THANKS", "GRACIAS"})
# "Stop texting me" counts as STOP: better one stop too many, which START takes back, than one missed
# beside "stop": a text made of these alone is about texts, and nothing else
ABOUT_TEXTS = frozenset(
    "TEXTING TEXTS TEXT MESSAGING MESSAGES SENDING THESE THE YOUR MY ME TO ALL ANY MORE MENSAJES MENSAJE TEXTOS SMS DE"
    " MANDAR MANDARME ENVIAR ENVIARME ESTOS LOS MAS NO".split()
)
STOP_BEGINS = ("STOP", "STOPALL", "UNSUBSCRIBE", "REVOKE", "OPT OUT", "OPTOUT", "ALTO")
STARTED, STOPPED, HELPED = "exchange/texts_started", "exchange/texts_stopped", "exchange/texts_help"
RECEIVED = "exchange/texts_received"
ONCE_IN = timedelta(days=1)
# SNS gives up within hours; what is older was kept and posted again by somebody. A STOP counts at any age.
OLDEST = timedelta(days=2)
LONGEST = 1600  # characters; the most that a text can have
UNKNOWN_DAY, UNKNOWN_KEPT = "text.unknown_day", "text.unknown_kept"


@dataclass(frozen=True, slots=True)
class Text:
    """`number` in E.164; `user`: whose confirmed number it is; `meaning`: a keyword's answer, "" for other texts."""

    number: str
    body: str
    meaning: str
    user: User | None
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """What is texted back. `once_a_day`: not again within a day, and never after a STOP.

    `language`: of the person, if whoever answers knows them by a number that isn't an account's. `is_kept`: the words
    stay on the office's list until somebody has looked after them.
    """

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    once_a_day: bool = False
    is_urgent: bool = False
    language: str = ""
    is_kept: bool = False


Taker = Callable[[Text], Reply | None]
_before, _after = list[Taker](), list[Taker]()


def register(taker: Taker, *, before_keywords: bool = False) -> None:
    """`taker` answers a text that is for it, and returns None for all others. Runs in the text's transaction.

    `before_keywords`: it hears every text, also a STOP, whose answer stays the one to a STOP.
    """
    (_before if before_keywords else _after).append(taker)


def words_of(text: str) -> list[str]:
    """The words in capitals, without accents and punctuation: "¡Sí!" is SI."""
    plain = unicodedata.normalize("NFKD", text[:LONGEST]).encode("ascii", "ignore").decode().upper()
    return re.findall(r"[A-Z0-9]+", plain)


def meaning(text: str) -> str:
    """The message template that answers this text, if it is a keyword; else ""."""
    said = " ".join(words_of(text))
    only = _keyword(text)
    if only in STOP or any(said == begin or said.startswith(f"{begin} ") for begin in STOP_BEGINS):
        return STOPPED
    if only in START:
        return STARTED
    return HELPED if only in HELP else ""


def says_more(text: Text) -> bool:
    """Whether a STOP stands before other words."""
    known = POLITE | ABOUT_TEXTS | {word for begin in STOP_BEGINS for word in begin.split()}
    return _keyword(text.body) not in STOP and not known.issuperset(words_of(text.body))


@transaction.atomic
def receive(number: str, text: str, *, message_id: str, sent_at: datetime) -> None:
    """Carry out what a text from this number (E.164) asks for, and answer it. A repeated message has no effect."""
    digest = hashlib.sha256(message_id.encode()).hexdigest()
    row, is_new = IncomingText.objects.get_or_create(message_id=digest, defaults={"sent_at": sent_at})
    said = meaning(text)
    if not is_new or (said != STOPPED and sent_at < timezone.now() - OLDEST):
        return
    user = User.objects.filter(phone=number, phone_verified_at__isnull=False).first()
    text_in = Text(number, text[:LONGEST], said, user, sent_at)
    row.went_to, reply = _carry_out(text_in)
    if row.went_to == WentTo.OFFICE:
        row.number, row.user, row.body = number, user, text_in.body
    row.save(update_fields=["went_to", "number", "user", "body"])
    if reply and _is_answered(reply, number):
        to = user or outbox.Guest(phone=number, language=reply.language or _language(text))
        outbox.queue(reply.template, to=to, context=dict(reply.context), address=number, is_urgent=reply.is_urgent)


def _carry_out(text: Text) -> tuple[WentTo, Reply | None]:
    if text.meaning == STOPPED:
        consent.stop(text.number, how=How.TEXT, by=None, user=text.user, at=text.sent_at)
    taken = _first_reply(_before, text)
    if text.meaning == STOPPED:
        # "Stop! He is hurting me" ends texts, and a person reads it
        return WentTo.OFFICE if says_more(text) and _has_room(text.number) else WentTo.KEYWORD, Reply(STOPPED)
    if taken:
        return WentTo.OFFICE if taken.is_kept else WentTo.READ, taken
    if text.meaning == STARTED:
        consent.agree(text.number, how=How.TEXT, by=None, user=text.user, at=text.sent_at)
        # a newer stop overrides a START that arrives late
        return WentTo.KEYWORD, Reply(STARTED) if consent.allows(text.number) else None
    if text.meaning == HELPED:
        return WentTo.KEYWORD, Reply(HELPED)
    if taken := _first_reply(_after, text):
        return WentTo.READ, taken
    return (WentTo.OFFICE if _has_room(text.number) else WentTo.NOWHERE), Reply(RECEIVED, once_a_day=True)


def _first_reply(takers: list[Taker], text: Text) -> Reply | None:
    return next((reply for taker in takers if (reply := taker(text))), None)


def _has_room(number: str) -> bool:
    """Whether the office's list takes one more from this number today, and in all."""
    limits = facts.numbers(UNKNOWN_DAY, UNKNOWN_KEPT)
    today = IncomingText.objects.filter(number=number, received_at__gt=timezone.now() - ONCE_IN).count()
    return today < limits[UNKNOWN_DAY] and IncomingText.objects.for_the_office().count() < limits[UNKNOWN_KEPT]


def _is_answered(reply: Reply, number: str) -> bool:
    if not reply.once_a_day:
        return True
    lately = Message.objects.filter(address=number, template=reply.template, queued_at__gt=timezone.now() - ONCE_IN)
    return not consent.is_stopped(number) and not lately.exists()


@transaction.atomic
def handle(text: IncomingText, *, by: User) -> None:
    """The office has looked after a text on its list. Its words go at once. Safe to repeat."""
    row = _locked(text)
    if row.handled_at is None:
        _settle(row, by=by)
        audit.record("incoming_text.handle", row, by=by)


@transaction.atomic
def hand_over(text: IncomingText, *, to: User, by: User) -> str:
    """The office knows whose text it is: it's off the list, and its words, returned here, go to the caller.

    RuleViolation: handled, no_words.
    """
    row = _locked(text)
    if row.handled_at:
        raise RuleViolation("handled", _("A colleague has taken care of this text, and its words are deleted."))
    body = row.body.strip()
    if not body:
        raise RuleViolation("no_words", _("This text has no words, so there’s nothing to answer."))
    row.user = to  # an account that is erased takes its texts along
    _settle(row, by=by)
    return body


@transaction.atomic
def take_back(text: IncomingText, body: str, *, user: User | None) -> None:
    """Back on the list with its words, for a colleague who knows better. `user`: whose account had the number."""
    row = _locked(text)
    row.handled_at, row.handled_by, row.body, row.user = None, None, body, user
    row.save(update_fields=["handled_at", "handled_by", "body", "user"])


def _locked(text: IncomingText) -> IncomingText:
    return IncomingText.objects.select_for_update(of=("self",)).get(pk=text.pk)


def _settle(row: IncomingText, *, by: User) -> None:
    row.handled_at, row.handled_by, row.body = timezone.now(), by, ""
    row.save(update_fields=["handled_at", "handled_by", "body", "user"])


def _language(text: str) -> str:
    return Language.SPANISH if {_keyword(text), *words_of(text)[:1]} & SPANISH else Language.ENGLISH


def _keyword(text: str) -> str:
    """The text as one word: "Opt-out, please" is OPTOUT."""
    return "".join(word for word in words_of(text) if word not in POLITE)
