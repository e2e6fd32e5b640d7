"""The findings of `travel.base.names` in words, for the person who holds the passport or corrects the booking."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from travel.base.names import HARMLESS, Finding, FullName, UnreadableName, machine_line

WORDS = {
    Finding.ACCENTS: gettext_lazy("Accents and special letters are written as plain letters. That’s fine."),
    Finding.SPACING: gettext_lazy("The spaces between the names are different. That’s fine."),
    Finding.TITLE_JOINED: gettext_lazy("The airline added a title after the name. That’s fine."),
    Finding.CUT_OFF: gettext_lazy("The name on the ticket is cut off. Ask the airline if that’s OK."),
    Finding.SINGLE_NAME: gettext_lazy(
        "This person has only one name, and airlines book that in different ways: twice, in one box, or with FNU "
        "(first name unknown). Ask the airline how they want it."
    ),
    Finding.RUN_TOGETHER: gettext_lazy(
        "Names are run together as one word. Ask the airline if that’s OK, or have the booking corrected."
    ),
    Finding.GIVEN_NAME_MISSING: gettext_lazy("The ticket leaves out a given name that is in the passport."),
    Finding.GIVEN_NAME_INITIAL: gettext_lazy("A given name is spelled out in one, but only an initial in the other."),
    Finding.SURNAME_MISSING: gettext_lazy("The ticket leaves out a surname that is in the passport."),
    Finding.SURNAMES_TURNED: gettext_lazy("The surnames are in a different order."),
    Finding.MOVED: gettext_lazy(
        "A name is in a different place: with the surnames in one, with the given names in the other."
    ),
    Finding.NAME_ADDED: gettext_lazy("The ticket has a name that isn’t in the passport."),
    Finding.SUFFIX: gettext_lazy(
        "One of them has Jr., Sr., II, III, or IV, and the other doesn’t. SR can also be the Spanish title Señor,"
        " or part of a name."
    ),
    Finding.SWAPPED: gettext_lazy("Surnames and given names are swapped on the ticket."),
    Finding.LIKELY_SLIP: gettext_lazy("One or two letters are different. It looks like a typo."),
    Finding.OTHER_NAME: gettext_lazy("The name on the ticket is different from the one in the passport."),
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
    return _(
        "This name doesn’t have any letters from A to Z. Write it as it appears in the two lines at the bottom of"
        " the passport page."
    )
