"""What becomes of applications when two accounts of one student are merged (`exchange.people.merging.actions`)."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.apply.actions import draft as drafts
from applications.base.typed_dates import read_date
from applications.models import Answer, Application
from applications.states import Status
from exchange.base.access import Opening
from exchange.models import AccessRecord, User
from exchange.people.merging import keys_to_people
from exchange.people.merging.actions import Compared, Found, Part
from exchange.people.merging.keys_to_people import Moving
from exchange.templatetags.ui import day_year

STUDENT = "applications.Application.student"


BORN = "date_of_birth"  # the form's question


def look(kept: User, closed: User) -> Found:
    rows = _rows(kept, closed)
    found = Found(compared=_compared(rows, kept, closed), openings=[_opening(row) for row in rows])
    for mine, theirs in _pairs(rows, kept, closed):
        about = {"cycle": theirs.cycle.name, "state": theirs.get_status_display()}
        if mine is None:
            found.moves.append(_("The application for %(cycle)s (%(state)s)") % about)
        elif theirs.status == Status.WITHDRAWN:
            found.stays.append(
                _("The application for %(cycle)s that was withdrawn: the account that stays has another.") % about
            )
            found.left.setdefault(STUDENT, []).append(theirs.pk)
        elif theirs.status != Status.DRAFT:
            found.clashes.append(_clash(mine) % about)
        elif _are_joined(mine, theirs):
            found.moves.append(
                _("The draft for %(cycle)s, joined with theirs there. Nothing is overwritten. This can’t be undone.")
                % about
            )
        else:
            found.stays.append(
                _("The draft for %(cycle)s: the account that stays has an application, which counts.") % about
            )
            found.left.setdefault(STUDENT, []).append(theirs.pk)
    return found


def _compared(rows: Sequence[Any], kept: User, closed: User) -> list[Compared]:
    """What both said last of themselves in applications."""
    born: dict[int, date] = {}
    numbers: dict[int, str] = {}
    for row in rows:
        if day := read_date(row.born):
            born[row.student_id] = day
        if row.student_number:
            numbers[row.student_id] = row.student_number
    days = (day_year(born[each.pk]) if each.pk in born else "" for each in (kept, closed))
    texts = (numbers.get(each.pk, "") for each in (kept, closed))
    said = ((_("Date of birth"), *days), (_("Student number"), *texts))
    return [Compared(label, one, other, bool(one and other) and one != other) for label, one, other in said]


def _opening(row: Any) -> Opening:
    return Opening(row.student_id, row.code, row.college_id, AccessRecord.What.APPLICATION)


def _clash(mine: Application) -> str:
    if mine.status in (Status.DRAFT, Status.WITHDRAWN):
        return _("The application for %(cycle)s was submitted from the account to close. Keep that account instead.")
    return _(
        "Both accounts submitted an application for %(cycle)s. Ask the student which one counts and withdraw the other;"
        " then keep the account whose application counts."
    )


def join(kept: User, closed: User, by: User) -> None:
    """The closed account's drafts become a visitor's, and then the other account's, as if it had just signed in."""
    for mine, theirs in _pairs(_rows(kept, closed), kept, closed):
        if mine and _are_joined(mine, theirs):
            theirs.student, theirs.draft_key = None, drafts.hash_key(secrets.token_urlsafe(32))
            theirs.save(update_fields=["student", "draft_key"])
            drafts.attach(theirs, by=kept)


def _are_joined(mine: Application, theirs: Application) -> bool:
    return mine.status == theirs.status == Status.DRAFT and mine.accepts_changes


def _rows(kept: User, closed: User) -> list[Any]:
    """The applications of both, each with `born`, its answer to that question, the oldest first. One query."""
    said = Answer.objects.filter(application=OuterRef("pk"), question__key=BORN).values("value")[:1]
    rows = Application.objects.filter(Q(student=kept) | Q(student=closed)).annotate(born=Subquery(said))
    return list(rows.select_related("cycle").order_by("pk"))


def _pairs(rows: Sequence[Any], kept: User, closed: User) -> Iterator[tuple[Application | None, Application]]:
    """Each application of the closed account, with that of the other for the same cycle."""
    mine = {each.cycle_id: each for each in rows if each.student_id == kept.pk}
    yield from ((mine.get(each.cycle_id), each) for each in rows if each.student_id == closed.pk)


PART = Part(look, join)

keys_to_people.register(
    "applications",
    moving={
        "Application.student": Moving(),  # by name, in `look`
        "Thread.student": Moving(gettext_lazy("Conversations")),
        "Note.author": Moving(),
        "HelpSession.helper": Moving(),
        "HelpSession.ended_by": Moving(),
        "Offer.ended_by": Moving(),
        "Statement.undone_by": Moving(),
        "LegalHold.student": Moving(
            gettext_lazy("Legal holds"),
            gettext_lazy(
                "Both accounts are under a legal hold, and an account has only one. Write the reason of one into the"
                " other, then lift it."
            ),
        ),
    },
    of_staff=(
        *("Announcement.author", "Announcement.ended_by", "Decision.decided_by", "Decision.released_by"),
        *("Release.made_by", "Release.started_by", "OfferCall.done_by", "Appeal.answered_by", "BulkAct.by"),
        *("CommitteeNote.by", "Reserve.set_by", "Endorsement.endorsed_by", "WithheldEndorsement.endorsed_by"),
        *("RubricVersion.changed_by", "ReaderProfile.user", "ReaderProfile.saved_by", "Assignment.reader"),
        *("ConflictOfInterest.reader", "ConflictOfInterest.declared_by", "Assignment.assigned_by"),
        *("CollegeClue.added_by", "CollegeClue.removed_by", "MaskedWord.masked_by"),
        *("MaskingReport.reported_by", "MaskingReport.settled_by", "Disclosure.by", "GroupMessage.author"),
        *("GroupMessage.called_off_by", "LegalHold.placed_by", "LegalHold.lifted_by", "InterestSource.created_by"),
        *("InterviewSlot_interviewers.user", "Interview.invited_by", "Lottery.announced_by", "Lottery.committed_by"),
        *("Lottery.drawn_by", "Lottery.published_by", "Lottery.called_off_by", "NormingReading.reader"),
        *(
            "NormingRemark.by",
            "ReaderRemark.by",
            "ScheduledRelease.set_by",
            "ScheduledRelease.canceled_by",
            "ScoresFile.published_by",
        ),
        *(
            "ScoresFile.taken_back_by",
            "StaffNote.author",
            "StaffNote.edited_by",
            "StaffNoteVersion.by",
            "Statement.heard_by",
            "Statement.recorded_by",
        ),
    ),
)
