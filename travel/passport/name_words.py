"""The findings of `travel.base.names` in words, for the person who holds the passport or corrects the booking."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from travel.base.names import HARMLESS, Finding, FullName, UnreadableName, machine_line

WORDS = {
    Finding.ACCENTS: gettext_lazy("Accents and special letters are written in plain ones. That is as it should be."),
    Finding.SPACING: gettext_lazy("Gaps between the names differ. That is no problem."),
    Finding.TITLE_JOINED: gettext_lazy("The airline put a title behind the name. That is no problem."),
    Finding.CUT_OFF: gettext_lazy("The name is longer than the booking takes. That is no problem."),
    Finding.GIVEN_NAME_MISSING: gettext_lazy("The ticket leaves out a given name that is in the passport."),
    Finding.GIVEN_NAME_INITIAL: gettext_lazy("The ticket has only the first letter of a given name."),
    Finding.SURNAME_MISSING: gettext_lazy("The ticket leaves out a surname that is in the passport."),
    Finding.SURNAMES_TURNED: gettext_lazy("The surnames are in another order."),
    Finding.MOVED: gettext_lazy("A name stands in another place: among the surnames here, the given names there."),
    Finding.NAME_ADDED: gettext_lazy("The ticket has a name that is not in the passport."),
    Finding.SUFFIX: gettext_lazy("One of them has Jr., Sr., II, III or IV, the other does not."),
    Finding.SWAPPED: gettext_lazy("Surnames and given names are swapped on the ticket."),
    Finding.LIKELY_SLIP: gettext_lazy("A letter or two differ: it looks like a slip in typing."),
    Finding.OTHER_NAME: gettext_lazy("The ticket has another name than the passport."),
}


def in_words(findings: Iterable[Finding]) -> list[str]:
    return [str(WORDS[each]) for each in findings]


def worrying(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that a person has to look at."""
    return [each for each in findings if each not in HARMLESS]


def machine_words(name: FullName) -> tuple[str, bool]:
    """(the passport's machine-readable line without fillers, whether the name fits). Empty: no letter to compare."""
    try:
        line, fits = machine_line(name)
    except UnreadableName:
        return "", True
    return line.rstrip("<"), fits


def unreadable() -> str:
    return _("There is no letter from A to Z in this name. Write it as the two lines at the foot of the passport do.")
