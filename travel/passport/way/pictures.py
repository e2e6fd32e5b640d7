"""Our drawings of what to bring: which belongs to which document, photo rule or answer, and their alternative texts."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from travel.passport.way.route import Paper, PhotoId


@dataclass(frozen=True, slots=True)
class Drawing:
    """A file of `static/exchange/pictures/` and its alternative text."""

    name: str
    alt: Any

    @property
    def path(self) -> str:
        return f"exchange/pictures/{self.name}.svg"


CERTIFIED = Drawing(
    "certificate-certified", _("Drawing: a birth certificate with a signature and a round raised seal at the bottom.")
)
INFORMATIONAL = Drawing(
    "certificate-informational",
    _("Drawing: a birth certificate with no seal, printed with “informational, not valid” across it."),
)
SOUVENIR = Drawing("certificate-souvenir", _("Drawing: a colorful hospital certificate with two small footprints."))
CONSULAR_REPORT = Drawing(
    "consular-report", _("Drawing: a document titled “Consular Report of Birth Abroad”, with an eagle and a seal.")
)
NATURALIZATION = Drawing(
    "naturalization", _("Drawing: a “Certificate of Naturalization” with a photo, a signature and a seal.")
)
CITIZENSHIP = Drawing("citizenship", _("Drawing: a “Certificate of Citizenship” with a photo, a signature and a seal."))
PASSPORT = Drawing("old-passport", _("Drawing: a closed U.S. passport."))
LICENSE = Drawing("id-license", _("Drawing: a driver’s license with a photo."))
STUDENT_ID = Drawing("id-student", _("Drawing: a college student ID with a photo and a bar code."))
FORM = Drawing("form-unsigned", _("Drawing: form DS-11 with the signature box empty and a “no entry” sign on it."))
BOTH_SIDES = Drawing("both-sides", _("Drawing: a card seen from the front and from the back."))
PAYMENTS = Drawing("two-payments", _("Drawing: a money order and, separately, a payment at the counter."))
PHOTO_RIGHT = Drawing("photo-right", _("Drawing, right: a large face seen from the front, on plain white."))
PHOTOS_WRONG = (
    Drawing("photo-glasses", _("Drawing, wrong: the same face with glasses.")),
    Drawing("photo-background", _("Drawing, wrong: a colorful wall behind the head.")),
    Drawing("photo-far", _("Drawing, wrong: the head is far too small.")),
)

# by the key of a Guidance row of the topic "paper"
OF_PAPERS: dict[str, Drawing] = {
    "birth-certificate": CERTIFIED,
    "order-birth-certificate": CERTIFIED,
    "informational-copy": INFORMATIONAL,
    "hospital-souvenir": SOUVENIR,
    "consular-report": CONSULAR_REPORT,
    "naturalization-certificate": NATURALIZATION,
    "citizenship-certificate": CITIZENSHIP,
    "old-passport": PASSPORT,
    "old-passport-as-proof": PASSPORT,
    "old-passport-as-id": PASSPORT,
    "naturalization-as-id": NATURALIZATION,
    "photo-id": LICENSE,
    "photo-id-missing": STUDENT_ID,
    "copies": BOTH_SIDES,
    "form-ds11": FORM,
    "photo-print": PHOTO_RIGHT,
}
# by the value of an answer
OF_ANSWERS: dict[str, Drawing] = {
    Paper.CERTIFIED: CERTIFIED,
    Paper.INFORMATIONAL: INFORMATIONAL,
    Paper.SOUVENIR: SOUVENIR,
    Paper.CONSULAR_REPORT: CONSULAR_REPORT,
    Paper.CITIZENSHIP: CITIZENSHIP,
    Paper.NATURALIZATION: NATURALIZATION,
    PhotoId.IN_STATE: LICENSE,
    PhotoId.STUDENT_ONLY: STUDENT_ID,
}
