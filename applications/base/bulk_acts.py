"""What staff can do to many students at once, and the lists on which they choose them.

Each package registers its own acts and lists, so that the mechanism (applications/apply/actions/bulk_act.py) knows none
of them. An act says beforehand, for each student, why it can't be done; it does one student at a time; and it takes one
back.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from applications.models import Application, BulkAct, BulkRow
from applications.models.application import ApplicationQuerySet
from exchange.base.sentences import Words
from exchange.messages import outbox
from exchange.models import Language, Message, User
from exchange.web.shortcuts import me
from exchange.web.worklist import Acts

MESSAGE = "message"
MOVE = "move"  # to another trip; travel registers it
LAST = "bulk_acts.last"  # key of the session


@dataclass(frozen=True, slots=True)
class Draft:
    """What one person would be sent. `to`: the student, or who it is to them, as a label.

    `made_of`: each value of `context` that its words depend on, by which another message is told without writing it.
    `messages`: none if no address of theirs can be used. `addressed` ones have no words, `written` ones aren't saved.
    """

    application: Application
    template: str
    receiver: User | outbox.Guest
    context: Mapping[str, Any]
    made_of: Sequence[object]
    to: Words = gettext_lazy("Student")
    messages: Sequence[Message | outbox.Outline] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """`label`: its button, verb first. `text`: what it does to the students, in a sentence.

    `form(applications, user, data)`: what it asks, in the words of these students. `refusals(applications, user)`: by
    primary key, why it can't be done; the others can. A lazy sentence is kept in both languages.
    `do(application, said, user)` returns what `undo(application, kept, user)` needs; both are called in a transaction
    of one student, and may raise RuleViolation. They're called again in the other language for its words of why not.

    `refusals_for(applications, said, user)`: as `refusals`, where it also depends on what the form was given.
    `warnings(applications, said, user)`: sentences to read before it's done to those who aren't refused.
    `previews(applications, said, user)`: what they and others would be sent. It's shown before anything is done, and
    only what a page shows is written.
    """

    key: str
    label: Words
    text: Words
    allowed: Callable[[User], bool]
    form: Callable[[Sequence[Application], User, QueryDict | None], forms.Form]
    refusals: Callable[[Sequence[Application], User], Mapping[int, Words]]
    do: Callable[[Application, Mapping[str, Any], User], dict[str, Any]]
    undo: Callable[[Application, Mapping[str, Any], User], object]
    refusals_for: Callable[[Sequence[Application], Mapping[str, Any], User], Mapping[int, Words]] | None = None
    warnings: Callable[[Sequence[Application], Mapping[str, Any], User], Sequence[str]] | None = None
    previews: Callable[[Sequence[Application], Mapping[str, Any], User], Sequence[Draft]] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A list on which students are chosen. `found(query, user)`: everyone whom its filters find and the person may see.
    `acts`: the keys of what can be done there. `href`: the name of its page."""

    key: str
    href: str
    acts: Sequence[str]
    found: Callable[[QueryDict, User], ApplicationQuerySet]


@dataclass(frozen=True, slots=True)
class Writing:
    """A message to those who are checked; its own pages say who gets it, and send it."""

    key: str = MESSAGE
    label: Words = gettext_lazy("Write")


@dataclass(frozen=True, slots=True)
class MessageCount:
    """How many messages go to people of this label; `languages`: in the order of `Language`."""

    to: Words
    total: int
    languages: tuple[int, ...]


def addressed(drafts: Sequence[Draft]) -> list[Draft]:
    """With their messages, but without words. Few queries for many."""
    found = outbox.outlines([(draft.template, draft.receiver) for draft in drafts])
    return [replace(draft, messages=messages) for draft, messages in zip(drafts, found, strict=True)]


def written(drafts: Sequence[Draft]) -> list[Draft]:
    """With their messages as they'd be sent, about a millisecond each: for those that a page shows."""
    found = [(each.receiver, outbox.drafts(each.template, each.receiver, dict(each.context))) for each in drafts]
    return [replace(draft, messages=messages) for draft, messages in zip(drafts, outbox.welcome(found), strict=True)]


def marks_of(drafts: Sequence[Draft]) -> list[object]:
    """Equal as long as each of them would say the same to the same address. The first of each kind is written: it tells
    whether the template's own words have changed, the office's phone or the program's name."""
    samples = {_kind_of(draft): draft for draft in reversed(drafts)}
    messages = [message for draft in written(list(samples.values())) for message in draft.messages]
    words = [[message.subject, message.body] for message in messages if isinstance(message, Message)]
    return [*words, *(_mark_of(draft) for draft in drafts)]


def _kind_of(draft: Draft) -> tuple[object, ...]:
    """What decides which of the template's words it has: its language and channels, and which values there are."""
    channels = [message.channel for message in draft.messages]
    return (draft.template, draft.receiver.language, *channels, *(bool(each) for each in draft.made_of))


def _mark_of(draft: Draft) -> list[object]:
    to = draft.receiver
    name = to.called if isinstance(to, User) else to.name
    addresses = [message.address for message in draft.messages]
    return [draft.application.pk, draft.template, to.language, name, addresses, [str(each) for each in draft.made_of]]


def counts_of(drafts: Sequence[Draft]) -> list[MessageCount]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for draft in drafts:
        found[str(draft.to)].update(message.language for message in draft.messages)
    return [
        MessageCount(to, counts.total(), tuple(counts[language.value] for language in Language))
        for to, counts in found.items()
    ]


_acts: dict[str, Act] = {}
_places: dict[str, Place] = {}


def register(*acts: Act) -> None:
    _acts.update({act.key: act for act in acts})


def register_place(place: Place) -> None:
    _places[place.key] = place


def act_of(kind: str) -> Act | None:
    return _acts.get(kind)


def place_of(key: str) -> Place | None:
    return _places.get(key)


def acts_on(key: str, request: HttpRequest) -> Acts:
    """What this person can do with students on this list, for its page. All who see one may write to them."""
    place, user = _places[key], me(request)
    offered = [_acts[kind] for kind in place.acts if kind in _acts and _acts[kind].allowed(user)]
    label, href = _last_on(key, request) if offered else ("", "")
    return Acts(key, reverse("applications:bulk-act-begin"), [Writing(), *offered], label, href)


def remember(bulk: BulkAct, request: HttpRequest) -> None:
    """The way back from the list to what was done there last. In the session, which each page reads anyway."""
    count = bulk.rows.exclude(outcome=BulkRow.Outcome.LEFT_OUT).count()
    if count:
        request.session[LAST] = {**request.session.get(LAST, {}), bulk.place: [bulk.kind, count, bulk.code]}


def forget(bulk: BulkAct, request: HttpRequest) -> None:
    kept = request.session.get(LAST, {})
    request.session[LAST] = {place: last for place, last in kept.items() if last[2] != bulk.code}


def _last_on(key: str, request: HttpRequest) -> tuple[str, str]:
    """What was done last on this list since signing in and hasn't been undone, and its page; or nothing."""
    kind, count, code = request.session.get(LAST, {}).get(key, ("", 0, ""))
    if kind not in _acts:
        return "", ""
    label = ngettext("See or undo: %(act)s, %(count)s student", "See or undo: %(act)s, %(count)s students", count)
    return label % {"act": _acts[kind].label, "count": count}, reverse("applications:bulk-act", args=[code])
