"""Who opened a student's file: one `AccessRecord` a day per person, page and application."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from exchange.base import roles
from exchange.models import AccessRecord, User

As, What = AccessRecord.As, AccessRecord.What
# what is opened only in this role, whatever else the person is
ROLE_OF = {What.READING: As.READER, What.INTERVIEW: As.INTERVIEWER}


@dataclass(frozen=True, slots=True)
class Opening:
    """`about`: the application's code; `college_id`: its home college."""

    student_id: int
    about: str
    college_id: int | None
    what: str
    is_helper: bool = False
    is_leader: bool = False
    is_other_leader: bool = False


def record(openings: Iterable[Opening], *, by: User) -> None:
    """Write down that the person opened these. One statement; what is there already stays. Own files don't count."""
    rows = [
        AccessRecord(
            student_id=each.student_id,
            by=by,
            role=role,
            college_id=each.college_id if role == As.ADVISOR else None,
            what=each.what,
            about=each.about,
        )
        for each in openings
        if each.student_id != by.pk
        for role in [_role(each, by)]
    ]
    if rows:
        AccessRecord.objects.bulk_create(rows, ignore_conflicts=True)


def recorded_today(*, by: User, what: str, student: str, about: str) -> Exists:
    """For a query of rows that lead to a file: whether today's record of `by` is there, so that it needn't be written.
    `student` and `about`: the paths to both from the row. Only for what is opened in one role.
    """
    return Exists(
        AccessRecord.objects.order_by().filter(
            *(Q(student=OuterRef(student)), Q(about=OuterRef(about))),
            by=by,
            role=ROLE_OF[What(what)],
            what=what,
            on=timezone.localdate(),
        )
    )


def _role(opening: Opening, by: User) -> str:
    if opening.is_helper:
        return As.HELPER
    if opening.is_leader:
        return As.LEADER
    if opening.is_other_leader:
        return As.OTHER_LEADER
    if opening.what in ROLE_OF:
        return ROLE_OF[What(opening.what)]
    if opening.college_id in roles.advisor_college_ids(by):
        return As.ADVISOR
    return As.OFFICE if roles.is_coordinator(by) else As.READER
