"""Handles incoming texts: STOP, START and HELP are carried out and answered; other texts get, once a day, a reply that
says where to ask.

The text itself is not stored. A message that arrives twice (SNS delivers at least once) is answered once: the answer's
code is derived from the message's id, and codes are unique.
"""

import base64
import hashlib
import re
import unicodedata
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from exchange.messages import consent, outbox
from exchange.messages.consent import How
from exchange.models import Language, Message, User

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
STOP_BEGINS = ("STOP", "STOPALL", "UNSUBSCRIBE", "REVOKE", "OPT OUT", "OPTOUT", "ALTO")
STARTED, STOPPED, HELPED = "exchange/texts_started", "exchange/texts_stopped", "exchange/texts_help"
UNREAD = "exchange/texts_unread"
ONCE_IN = timedelta(days=1)


def words_of(text: str) -> list[str]:
    """The words in capitals, without accents and punctuation: "¡Sí!" is SI."""
    plain = unicodedata.normalize("NFKD", text[:200]).encode("ascii", "ignore").decode().upper()
    return re.findall(r"[A-Z0-9]+", plain)


def meaning(text: str) -> str:
    """The message template that answers this text."""
    said = " ".join(words_of(text))
    only = _keyword(text)
    if only in STOP or any(said == begin or said.startswith(f"{begin} ") for begin in STOP_BEGINS):
        return STOPPED
    if only in START:
        return STARTED
    return HELPED if only in HELP else UNREAD


def receive(number: str, text: str, *, message_id: str, sent_at: datetime) -> None:
    """Carry out what a text from this number (E.164) asks for, and answer it. A repeated message has no effect."""
    try:
        with transaction.atomic():
            _receive(number, text, code=_code(message_id), sent_at=sent_at)
    except IntegrityError:  # another worker has answered this message a moment ago
        if not Message.objects.filter(code=_code(message_id)).exists():
            raise


def _receive(number: str, text: str, *, code: str, sent_at: datetime) -> None:
    user = User.objects.filter(phone=number, phone_verified_at__isnull=False).first()
    template = meaning(text)
    if template == STOPPED:
        consent.stop(number, how=How.TEXT, by=None, user=user, at=sent_at)
    elif template == STARTED:
        consent.agree(number, how=How.TEXT, by=None, user=user, at=sent_at)
    if Message.objects.filter(code=code).exists() or not _is_answered(template, number):
        return
    to = user or outbox.Guest(phone=number, language=_language(text))
    for row in outbox.queue(template, to=to, address=number):
        row.code = code
        row.save(update_fields=["code"])


def _is_answered(template: str, number: str) -> bool:
    """Whether to reply: to keywords, unless a newer stop overrides a START; else once a day, never after a stop."""
    if template == STARTED:
        return consent.allows(number)
    if template in (STOPPED, HELPED):
        return True
    lately = Message.objects.filter(address=number, template=UNREAD, queued_at__gt=timezone.now() - ONCE_IN)
    return not consent.is_stopped(number) and not lately.exists()


def _language(text: str) -> str:
    return Language.SPANISH if {_keyword(text), *words_of(text)[:1]} & SPANISH else Language.ENGLISH


def _keyword(text: str) -> str:
    """The text as one word: "Opt-out, please" is OPTOUT."""
    return "".join(word for word in words_of(text) if word not in POLITE)


def _code(message_id: str) -> str:
    """Eight characters derived from the id. In lower case, so that no random code is equal to one."""
    return base64.b32encode(hashlib.sha256(message_id.encode()).digest()).decode()[:8].lower()
