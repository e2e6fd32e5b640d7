"""A preview of what a college's list would change, shown to an advisor before anything is saved.

Between the preview and its confirmation, the rows about applicants are carried in the page itself, signed for one
person, one college and one cycle. Of all other students on the list, only how many there are is kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import timedelta
from typing import Any

from django.core import signing

from applications.base.eligibility import Result
from applications.endorse import own_students
from applications.endorse.enrollment import Applicant, Doubt, EnrollmentRow, InDoubt, Match, match
from applications.endorse.enrollment_file import Column, EnrollmentList
from applications.endorse.own_students import Judged
from applications.models import Application, Cycle, Endorsement
from applications.models.application import ApplicationQuerySet
from applications.states import Status
from exchange.models import College, User
from exchange.reference import facts

AT_ONCE = 200  # matches, and as many in doubt, on one preview; sending the same file again shows the rest
MISSING_SHOWN = 500
OF_THE_PERSON = {Doubt.TWO_STUDENTS, Doubt.TWICE, Doubt.NAME, Doubt.NUMBER, Doubt.EMAIL, Doubt.EMAIL_ELSEWHERE}


@dataclass(frozen=True, slots=True)
class Found:
    """The result of comparing a list, in plain values that can be signed. Applications are given by their codes."""

    matches: Sequence[tuple[str, EnrollmentRow]]
    in_doubt: Sequence[tuple[str, Sequence[Doubt], Sequence[EnrollmentRow]]]
    differs: Sequence[tuple[str, EnrollmentRow]]  # endorsed already, with other values than the list has
    missing: Sequence[str]
    counts: Mapping[str, int]
    columns: Sequence[Column]

    @property
    def knows_anyone(self) -> bool:
        """Whether at least one row is about an applicant of the college."""
        return self.counts["rows"] > self.counts["strangers"]

    @property
    def says_standing(self) -> bool:
        return any(column.kind == "standing" for column in self.columns)


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One applicant on the preview, in the current state. `changed`: the application can no longer be endorsed, a
    colleague has endorsed it already, or the student took back the permission."""

    judged: Judged
    rows: Sequence[EnrollmentRow]
    doubts: Sequence[Doubt] = ()
    endorsement: Endorsement | None = None

    @property
    def application(self) -> Application:
        return self.judged.application

    @property
    def row(self) -> EnrollmentRow:
        return self.rows[0]

    @property
    def changed(self) -> bool:
        return self.application.status != Status.SUBMITTED or self.endorsement is not None or not self.may_tell

    @property
    def may_tell(self) -> bool:
        application: Any = self.application  # with the annotation of `with_consent`
        return bool(application.may_tell)

    @property
    def is_enrolled(self) -> bool | None:
        """False if any row says no; None if none does and one says neither yes nor no."""
        said = {row.is_enrolled for row in self.rows}
        return False if False in said else None if None in said else True


# --- Comparing --------------------------------------------------------------------------------------


def compare(applicants: ApplicationQuerySet, cycle: Cycle, listed: EnrollmentList) -> Found:
    """`applicants`: the applications of one college in this cycle, submitted and not withdrawn.

    Rows about students who haven't signed that their college may tell us are counted, and otherwise dropped here.
    """
    people: list[Any] = list(applicants.with_consent().select_related("student", "endorsement"))
    emails = own_students.email_keys(cycle)
    keys = own_students.keys_of(cycle) | {own_students.NUMBER, own_students.NAME, *emails}
    said = own_students.said_in(people, keys, within=applicants)
    units_min = own_students.units_needed(cycle)
    judged = {each.application.code: each for each in own_students.judge(cycle, people, said=said)}
    found = match(listed.rows, [_applicant(each, emails) for each in judged.values()], units_min=units_min)
    applications = {code: each.application for code, each in judged.items()}
    unsigned = {each.code for each in people if not each.may_tell}
    waiting = {code for code, each in applications.items() if is_waiting(each)} - unsigned
    listed_codes = {each.key for each in found.matches} | {each.key for each in found.in_doubt}
    unauthorized = [code for code in listed_codes & unsigned if is_waiting(applications[code])]
    matches = [(each.key, each.row) for each in found.matches if each.key in waiting]
    in_doubt = [(each.key, each.doubts, each.rows) for each in found.in_doubt if each.key in waiting]
    answered = [code for code, each in applications.items() if hasattr(each, "endorsement")]
    differs = [pair for pair in _differing(found.matches, found.in_doubt, applications) if pair[0] not in unsigned]
    missing = [code for code in found.missing if code in waiting or code in answered]
    return Found(
        matches=matches[:AT_ONCE],
        in_doubt=in_doubt[:AT_ONCE],
        differs=differs[:AT_ONCE],
        missing=missing[:MISSING_SHOWN],
        counts={
            "rows": len(listed.rows),
            "strangers": found.strangers,
            "matches": len(matches),
            "in_doubt": len(in_doubt),
            "missing": len(missing),
            "answered": len(answered),
            "unauthorized": len(unauthorized),
        },
        columns=listed.columns,
    )


def is_waiting(application: Application) -> bool:
    """Submitted, and not endorsed yet."""
    return application.status == Status.SUBMITTED and not hasattr(application, "endorsement")


def _applicant(judged: Judged, email_keys: set[str]) -> Applicant:
    student, said = judged.application.person, judged.said
    emails = [student.email, *(said.get(key) for key in email_keys)]
    return Applicant(
        key=judged.application.code,
        number=str(said.get(own_students.NUMBER) or ""),
        emails=frozenset(str(each) for each in emails if each),
        name=str(said.get(own_students.NAME) or student.full_name),
        has_doubt=judged.needs_a_look,
    )


def _differing(
    matches: Iterable[Match], in_doubt: Iterable[InDoubt], applications: Mapping[str, Application]
) -> Iterable[tuple[str, EnrollmentRow]]:
    """Endorsed applicants with a row that is surely theirs and has other values than their endorsement."""
    sure = [(each.key, each.row) for each in matches]
    sure += [(each.key, each.rows[0]) for each in in_doubt if not OF_THE_PERSON & set(each.doubts)]
    for code, row in sorted(sure, key=lambda pair: pair[0]):
        said = getattr(applications[code], "endorsement", None)
        if said and (
            row.units not in (None, said.units)
            or (row.is_enrolled is not None and row.is_enrolled != said.is_enrolled)
            or (row.in_good_standing is not None and row.in_good_standing != said.in_good_standing)
        ):
            yield code, row


# --- Carrying ---------------------------------------------------------------------------------------


def _salt(by: User, college: College, cycle: Cycle) -> str:
    return f"applications.endorse.enrollment.{by.pk}.{college.pk}.{cycle.pk}"


def sign(found: Found, *, by: User, college: College, cycle: Cycle) -> str:
    rows = {
        "matches": [(code, astuple(row)) for code, row in found.matches],
        "in_doubt": [(code, doubts, [astuple(row) for row in rows]) for code, doubts, rows in found.in_doubt],
        "differs": [(code, astuple(row)) for code, row in found.differs],
        "missing": found.missing,
        "counts": found.counts,
        "columns": [astuple(column) for column in found.columns],
    }
    return signing.dumps(rows, salt=_salt(by, college, cycle), compress=True)


def carried(signed: str, *, by: User, college: College, cycle: Cycle) -> Found:
    """The comparison out of the signed text. Raises signing.BadSignature, or SignatureExpired once it is older than
    the fact enrollment.preview_minutes."""
    age = timedelta(minutes=float(facts.number("enrollment.preview_minutes")))
    found = signing.loads(signed, salt=_salt(by, college, cycle), max_age=age)
    return Found(
        matches=[(code, EnrollmentRow(*row)) for code, row in found["matches"]],
        in_doubt=[
            (code, [Doubt(each) for each in doubts], [EnrollmentRow(*row) for row in rows])
            for code, doubts, rows in found["in_doubt"]
        ],
        differs=[(code, EnrollmentRow(*row)) for code, row in found["differs"]],
        missing=found["missing"],
        counts=found["counts"],
        columns=[Column(*column) for column in found["columns"]],
    )


# --- Showing ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Preview:
    """The whole preview. Some of its applications may have changed since the file was read."""

    found: Found
    matches: Sequence[PreviewLine]
    in_doubt: Sequence[PreviewLine]
    differs: Sequence[PreviewLine]
    missing: Sequence[PreviewLine]

    @property
    def changed(self) -> list[PreviewLine]:
        return [each for each in (*self.matches, *self.in_doubt) if each.changed]

    @property
    def has_more(self) -> bool:
        """Whether the page leaves some applicants out; sending the same file again shows them."""
        counts = self.found.counts
        return counts["matches"] > len(self.found.matches) or counts["in_doubt"] > len(self.found.in_doubt)


def preview(applicants: ApplicationQuerySet, cycle: Cycle, found: Found) -> Preview:
    """The preview with each application in its current state. A constant number of queries."""
    codes = {code for code, *_rest in (*found.matches, *found.in_doubt, *found.differs)} | set(found.missing)
    named = applicants.filter(code__in=codes).with_consent()
    people = list(named.select_related("student", "endorsement__endorsed_by"))
    units = {code: row.units for code, row in found.matches if row.units is not None}
    said = own_students.said_in(people, own_students.keys_of(cycle) | {own_students.NUMBER})
    known = {each.pk: units[each.code] for each in people if each.code in units}
    judged = {each.application.code: each for each in own_students.judge(cycle, people, units=known, said=said)}

    def line(code: str, rows: Sequence[EnrollmentRow] = (), doubts: Sequence[Doubt] = ()) -> PreviewLine:
        return PreviewLine(judged[code], rows, doubts, getattr(judged[code].application, "endorsement", None))

    return Preview(
        found=found,
        matches=[line(code, [row]) for code, row in found.matches if code in judged],
        in_doubt=[line(code, rows, doubts) for code, doubts, rows in found.in_doubt if code in judged],
        differs=[line(code, [row]) for code, row in found.differs if code in judged],
        missing=[line(code) for code in found.missing if code in judged],
    )


def ticks_at_first(found: Preview) -> list[str]:
    """Codes of the applicants who are ticked when the page opens: with the list's units they meet every condition."""
    return [each.application.code for each in found.matches if each.judged.overall == Result.MEETS]
