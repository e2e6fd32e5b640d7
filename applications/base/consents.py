"""Whether a student's college may tell the city about their enrollment, and the text a student signs.

One signature is a row of `RecordsConsent`; the words are a `ConsentText`. `Application.objects.authorized()` is the
same rule for many applications.
"""

from dataclasses import dataclass
from enum import StrEnum

from applications.models import Application, RecordsConsent
from applications.states import Status
from exchange.models import ConsentText

# while a student can be asked: afterwards the college has nothing to answer
ASKED_IN = frozenset({Status.DRAFT, Status.SUBMITTED, Status.RETURNED})


class ConsentState(StrEnum):
    SIGNED = "signed"
    MISSING = "missing"
    OUTDATED = "outdated"  # signed older words, or for another college
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Consent:
    """`text`: the current words; `latest`: the newest signature, also an ended one."""

    state: ConsentState
    text: "Words | None"
    latest: RecordsConsent | None

    @property
    def is_signed(self) -> bool:
        return self.state == ConsentState.SIGNED

    @property
    def can_withdraw(self) -> bool:
        return self.latest is not None and self.latest.is_in_force


@dataclass(frozen=True, slots=True)
class Words:
    """A version's words in the active language, with the student's college and cycle filled in."""

    row: ConsentText
    title: str
    records: list[str]
    purpose: str
    recipients: str
    ending: str

    @classmethod
    def of(cls, row: ConsentText, application: Application, college: str = "") -> "Words":
        named = college or (application.college.name if application.college else "")

        def filled(text: str) -> str:
            return text.replace("{college}", named).replace("{cycle}", application.cycle.name)

        return cls(
            row=row,
            title=filled(row.title),
            records=[filled(line) for line in row.records.splitlines() if line],
            purpose=filled(row.purpose),
            recipients=filled(row.recipients),
            ending=filled(row.ending),
        )


def consent_of(application: Application) -> Consent:
    """Two queries."""
    text = ConsentText.objects.filter(key=ConsentText.COLLEGE_RECORDS, is_current=True).first()
    latest = application.records_consents.select_related("text", "college").first()
    return Consent(_state(application, latest), Words.of(text, application) if text else None, latest)


def signature_of(application: Application) -> Consent:
    """As `consent_of`, for staff, who don't read the words. One query."""
    signed = application.records_consents.select_related("text")
    latest = signed.only("application", "college", "withdrawn_at", "replaced_at", "text__is_current").first()
    return Consent(_state(application, latest), None, latest)


def _state(application: Application, latest: RecordsConsent | None) -> ConsentState:
    if latest is None:
        return ConsentState.MISSING
    if latest.withdrawn_at:
        return ConsentState.WITHDRAWN
    is_same = latest.text.is_current and latest.college_id == application.college_id
    return ConsentState.SIGNED if is_same else ConsentState.OUTDATED
