"""Each proof of citizenship in its own words: what it's called, and what somebody does who doesn't have it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from applications.models import Application
from travel.models import TravelAnswers
from travel.passport.way.route import answers_from_json, proof_of


@dataclass(frozen=True, slots=True)
class Proof:
    """`missing`: the words of the way out. `is_ordered`: a new one is ordered; else an advisor looks for a way.

    `guidance`: the key of the row that says more.
    """

    key: str
    name: Any
    missing: Any
    is_ordered: bool = False
    guidance: str = ""


BIRTH = Proof("birth-certificate", _("Your birth certificate"), _("I don’t have my birth certificate"), is_ordered=True)
NATURALIZATION = Proof(
    "naturalization-certificate",
    _("Your naturalization certificate"),
    _("I don’t have my naturalization certificate"),
    guidance="naturalization-missing",
)
CITIZENSHIP = Proof(
    "citizenship-certificate",
    _("Your certificate of citizenship"),
    _("I don’t have my certificate of citizenship"),
    guidance="born-abroad",
)
CONSULAR_REPORT = Proof(
    "consular-report",
    _("Your Consular Report of Birth Abroad"),
    _("I don’t have my Consular Report of Birth Abroad"),
    guidance="born-abroad",
)
OLD_PASSPORT = Proof("old-passport-as-proof", _("Your old passport"), _("I can’t find my old passport"))
ALL = {each.key: each for each in (BIRTH, NATURALIZATION, CITIZENSHIP, CONSULAR_REPORT, OLD_PASSPORT)}


def of(application: Application) -> Proof:
    """What this student proves citizenship with, by their answers; else a birth certificate. One query."""
    row = TravelAnswers.objects.filter(application=application.pk).first()
    return ALL.get(proof_of(answers_from_json(row.answers)), BIRTH) if row else BIRTH
