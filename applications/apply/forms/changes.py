"""Parses what a browser sends into changes of single fields: a whole page without script, or a queue of changes.

Both say which versions of each field they had seen, so that no unseen version is overwritten
(`applications.base.merge`).
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply.actions.draft import HELPER_DEVICE, Saved, typed_at
from applications.apply.forms.application import SectionForm
from applications.apply.saving import OFFICE_DEVICE, Change
from applications.base import answers
from applications.base.answers import Item, Part
from applications.base.merge import EMPTY_VALUES, STORED, FieldState
from applications.base.sections import REFEREE_SECTION, questions_by_key, referee_questions, unknown_question
from applications.models import Application, Question, Section
from exchange.base.errors import RuleViolation

Kind = Question.Kind
DEVICE = re.compile(r"[A-Za-z0-9_-]{1,40}")
NUMBER_MAX = 10**16
CHANGES_MAX = 60  # in one request
SEEN_MAX = 400  # devices
LAST_YEAR = "last year"  # in place of a fingerprint, with which it cannot be confused
SURROGATES = re.compile(r"[\ud800-\udfff]")


class Unreadable(ValueError):
    """The request is not in the format that our page sends."""


# --- A page without script --------------------------------------------------------------------------


def base_of(items: Iterable[Item], *, confirms: bool) -> str:
    """JSON for the hidden input `base`: what the page shows of each field, to compare the posted page with.

    `confirms`: posting a page that shows last year's answer confirms the answer, which is a write. True for the
    student, not for a helper.
    """
    seen = {item.key: _base(item, confirms) for item in items if item.question.kind != Kind.FILE}
    return json.dumps(seen, separators=(",", ":"))


def _base(item: Item, confirms: bool) -> dict[str, Any]:
    was = LAST_YEAR if item.is_carried and confirms else fingerprint(item.stored)
    return {"seen": dict(item.state.seen), "was": was}


def fingerprint(value: Any) -> str:
    """A short hash of a value; "" for every kind of empty value."""
    if any(value is empty or value == empty for empty in EMPTY_VALUES):
        return ""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:10]


def changes_of(form: SectionForm, application: Application) -> list[Change]:
    """The fields that differ from what the page had shown. To be called after validation.

    A page that does not say what it had shown (an old tab, somebody's own script) counts as having seen nothing, so
    it overwrites no other device's version.
    """
    return differing(form.values, form.data, typed_in_time(application))


def differing(values: Mapping[str, Any], data: Mapping[str, Any], when: datetime) -> list[Change]:
    """As `changes_of`, for the values of any page whose posted `data` has `base`, and perhaps `device` and `number`."""
    base = _read_base(data.get("base", ""))
    device, number = data.get("device", ""), data.get("number", "")
    if not (_is_browser(device) and re.fullmatch(r"[1-9][0-9]{0,15}", number)):
        device, number = f"page-{secrets.token_hex(4)}", "1"
    return [
        Change(key, clean(value), device, int(number), when, base.get(key, ({}, None))[0])
        for key, value in values.items()
        if fingerprint(value) != base.get(key, ({}, None))[1]
    ]


def typed_in_time(application: Application) -> datetime:
    """The time to assume for a page without script: now, but before the deadline, after which no page has a form."""
    return min(timezone.now(), application.closes_at - timedelta(seconds=1))


def _read_base(text: str) -> dict[str, tuple[dict[str, int], str]]:
    try:
        rows = json.loads(text)
        return {str(key): (_seen(row["seen"]), str(row["was"])) for key, row in rows.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


# --- A queue of changes -----------------------------------------------------------------------------


def read_changes(application: Application, body: bytes) -> tuple[list[Change], list[Saved]]:
    """The changes in one request, each parsed as its page would be. Raises Unreadable if the format is wrong."""
    phone_now, raw = read_queue(body)
    items = _items(application, {row["key"] for row in raw})
    changes: list[Change] = []
    refused: list[Saved] = []
    for row in raw:
        value, violation = _value(application, items.get(row["key"]), row)
        if violation:
            refused.append(Saved(row["key"], row["number"], FieldState(), violation))
        else:
            when = typed_at(row["typed_at"], phone_now)
            changes.append(Change(row["key"], value, row["device"], row["number"], when, row["seen"]))
    return changes, refused


def read_queue(body: bytes) -> tuple[int, list[dict[str, Any]]]:
    """(the phone's clock, the changes as sent): key, device, number, seen, typed_at, fields. Raises Unreadable."""
    try:
        sent = json.loads(body)
        phone_now, rows = int(sent["now"]), list(sent["changes"])
        raw = [_raw(row) for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise Unreadable from error
    if len(raw) > CHANGES_MAX:
        raise Unreadable
    return phone_now, raw


def _raw(row: Mapping[str, Any]) -> dict[str, Any]:
    key, device, number = str(row["key"])[:40], str(row["device"]), int(row["number"])
    if not _is_browser(device) or not 1 <= number <= NUMBER_MAX:
        raise ValueError("not a device's number")
    fields = {
        str(name): [clean(str(value)) for value in (values if isinstance(values, list) else [values])]
        for name, values in row["fields"].items()
    }
    seen, typed = _seen(row["seen"]), int(row["typed_at"])
    return {"key": key, "device": device, "number": number, "seen": seen, "typed_at": typed, "fields": fields}


def _is_browser(device: str) -> bool:
    """Rejects the device names that the portal uses itself: a high number under one would block further writes."""
    is_ours = device in (OFFICE_DEVICE, STORED) or device.startswith(HELPER_DEVICE)
    return bool(DEVICE.fullmatch(device)) and not is_ours


def _seen(given: Mapping[str, Any]) -> dict[str, int]:
    if len(given) > SEEN_MAX:
        raise ValueError("too many devices")
    seen = {str(device): int(number) for device, number in given.items()}
    if not all(DEVICE.fullmatch(device) and 0 <= number <= NUMBER_MAX for device, number in seen.items()):
        raise ValueError("not a device's number")
    return seen


def _items(application: Application, keys: set[str]) -> dict[str, Item]:
    questions = [each for each in questions_by_key(application, keys).values() if each.kind != Kind.FILE]
    if keys & set(answers.REFEREE_KEYS):
        questions += referee_questions(Section(key=REFEREE_SECTION))
    return {question.key: Item(question, None, "", "") for question in questions}


def _value(application: Application, item: Item | None, row: dict[str, Any]) -> tuple[Any, RuleViolation | None]:
    if item is None:
        return None, unknown_question()
    data = QueryDict(mutable=True)
    for name, values in row["fields"].items():
        data.setlist(name, values)
    form = SectionForm(application, Part(item.question.section, [item]), data)
    form.is_valid()
    values = form.values
    if item.key in values:
        return clean(values[item.key]), None
    said = " ".join(str(text) for texts in form.errors.values() for text in texts)
    return None, RuleViolation("unreadable", said or _("We couldn’t read this answer. It’s still on this phone."))


def clean(value: Any) -> Any:
    """Replace unpaired surrogates, such as a truncated emoji leaves, which the database cannot store."""
    if isinstance(value, list):
        return [clean(each) for each in value]
    return SURROGATES.sub("\N{REPLACEMENT CHARACTER}", value) if isinstance(value, str) else value
