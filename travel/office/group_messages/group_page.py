"""What the page of a message to a group shows: who gets it in which language, how, and what became of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Application, GroupMessage, GroupRecipient
from exchange.messages import batches, outbox
from exchange.models import Language, Message, User
from exchange.templatetags.ui import language_here
from travel.office.group_messages.actions import Difference

NAMED_MOST = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One student. `gets`: the language of their text, or that they are left out. `how`: by which messages."""

    application: Application
    reads: str
    gets: str
    how: str
    is_missing: bool
    row: GroupRecipient
    messages: list[Message]


@dataclass(frozen=True, slots=True)
class GroupPage:
    """`counts`: how many by language, in words. `out_of_sight`: how many have no line, because the reader of the page
    may no longer see them. `only_here`: who of the others has no address, so that no message tells them. `texts_wait`:
    until when quiet hours hold texts, None if they don't."""

    lines: list[Line]
    counts: list[str]
    lacking: list[str]
    out_of_sight: int
    only_here: int
    texts_wait: datetime | None


def only_of(group: GroupMessage, rows: Sequence[GroupRecipient]) -> User | None:
    """The student of a message that was written from their file: its list asks for the code of their application."""
    codes = {row.application.code: row.application.person for row in rows} if len(rows) == 1 else {}
    return codes.get(QueryDict(group.query).get("q", ""))


def page_of(group: GroupMessage, rows: list[GroupRecipient], languages: Sequence[str]) -> GroupPage:
    """`rows`: those whom the reader of the page may see, with their application's student and college. `languages`: of
    all recipients."""
    only = only_of(group, rows)
    ways = outbox.ways_to([row.application.person for row in rows])
    is_told = group.started_at is not None
    told = batches.by_recipient(group, [row.application.student_id for row in rows]) if is_told else {}
    texts = {"en": group.body_en, "es": group.body_es}
    counts = Counter(languages)
    moment = max(group.send_at or timezone.now(), timezone.now())
    has_texts = any(Message.Channel.TEXT in found for found in ways.values())
    return GroupPage(
        lines=[_line(group, row, ways[row.application.person.pk], told, is_decided=bool(only)) for row in rows],
        counts=[_read_by_one(only) if only else _counted(language, count) for language, count in counts.most_common()],
        lacking=[
            _lacking_of_one(only, language) if only else _lacking(language, count)
            for language, count in counts.items()
            if not texts[language]
        ],
        out_of_sight=len(languages) - len(rows),
        only_here=sum(not found for found in ways.values()),
        texts_wait=outbox.by_day(moment) if has_texts and not is_told else None,
    )


def _line(
    group: GroupMessage,
    row: GroupRecipient,
    ways: list[str],
    told: dict[int | None, list[Message]],
    *,
    is_decided: bool,
) -> Line:
    text, language = group.text_for(row.language)
    is_missing = language != row.language
    undecided = is_missing and group.is_draft and not is_decided
    gets = _("not decided yet") if undecided else language_here(language) if text else _("nothing")
    return Line(
        application=row.application,
        reads=language_here(row.language),
        gets=gets,
        how=" + ".join(str(Message.Channel(way).label) for way in ways) or _("only here"),
        is_missing=is_missing,
        row=row,
        messages=told.get(row.application.student_id, []),
    )


def _read_by_one(student: User) -> str:
    return _("reads Spanish") if student.language == Language.SPANISH else _("reads English")


def _counted(language: str, count: int) -> str:
    if language == Language.SPANISH:
        return ngettext("%(count)s reads Spanish", "%(count)s read Spanish", count) % {"count": count}
    return ngettext("%(count)s reads English", "%(count)s read English", count) % {"count": count}


def _lacking_of_one(student: User, language: str) -> str:
    if language == Language.SPANISH:
        text = _("%(name)s reads Spanish. There’s no Spanish text, so they’ll get the English one.")
    else:
        text = _("%(name)s reads English. There’s no English text, so they’ll get the Spanish one.")
    return text % {"name": student}


def _lacking(language: str, count: int) -> str:
    if language == Language.SPANISH:
        text = ngettext(
            "%(count)s student reads Spanish, and there’s no Spanish text.",
            "%(count)s students read Spanish, and there’s no Spanish text.",
            count,
        )
    else:
        text = ngettext(
            "%(count)s student reads English, and there’s no English text.",
            "%(count)s students read English, and there’s no English text.",
            count,
        )
    return text % {"count": count}


def differences(found: Difference) -> list[str]:
    """What has changed on the list since it was seen, in sentences with names."""
    lines = []
    if found.joined:
        lines.append(_("Now also on the list: %(names)s.") % {"names": _names(found.joined)})
    if found.left:
        lines.append(_("No longer on the list: %(names)s.") % {"names": _names(found.left)})
    if found.out_of_sight:
        text = ngettext(
            "No longer on the list: %(count)s student whose file you may no longer see.",
            "No longer on the list: %(count)s students whose files you may no longer see.",
            found.out_of_sight,
        )
        lines.append(text % {"count": found.out_of_sight})
    if found.other_application:
        text = _("Still on the list, now with a different application: %(names)s.")
        lines.append(text % {"names": _names(found.other_application)})
    if found.other_language:
        lines.append(_("They chose another language: %(names)s.") % {"names": _names(found.other_language)})
    return lines


def _names(rows: list[Application]) -> str:
    names = [str(row.student) for row in rows[:NAMED_MOST]]
    if more := len(rows) - len(names):
        names.append(ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more})
    return ", ".join(names)


def state_of(group: GroupMessage) -> tuple[str, str]:
    """(label, tone) of a status tag."""
    if group.called_off_at:
        return (_("canceled"), "neutral") if group.confirmed_at else (_("discarded"), "neutral")
    if group.finished_at:
        return _("sent"), "good"
    if group.started_at:
        return _("going out"), "now"
    return (_("scheduled"), "wait") if group.confirmed_at else (_("draft"), "wait")
