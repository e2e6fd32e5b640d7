"""What is asked of the time after a trip, in words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from travel.outcomes.following.files import BadLine, Problem, UnreadableFile, Wrong
from travel.outcomes.population import Item, Told

YEAR_TEXTS = {1: gettext_lazy("first year"), 2: gettext_lazy("second year"), 3: gettext_lazy("third year")}


def item_text(name: str) -> str:
    """Of an item's name with its year, such as "transfer.2"; the name itself if there is no such item."""
    item, _dot, year = name.partition(".")
    when = {"year": YEAR_TEXTS[int(year)]} if year.isdecimal() and int(year) in YEAR_TEXTS else {"year": year}
    return {
        Item.ENROLLED.value: _("Enrolled in the fall or spring term after the trip"),
        Item.UNITS.value: _("Units in that term, of those enrolled"),
        Item.GPA.value: _("GPA of that term, of those enrolled"),
        Item.AWARD.value: _("Earned a certificate or degree in the %(year)s") % when,
        Item.TRANSFER.value: _("Transferred to a four-year college in the %(year)s") % when,
    }.get(item, name)


def told_text(told: Told) -> str:
    return {
        Told.YES: _("Yes"),
        Told.NO: _("No"),
        Told.FULL: _("Full time"),
        Told.PART: _("Part time"),
        Told.GPA_A: _("3.5 or more"),
        Told.GPA_B: _("3.0 to 3.49"),
        Told.GPA_C: _("2.0 to 2.99"),
        Told.GPA_D: _("under 2.0"),
    }[told]


def problem_text(found: UnreadableFile) -> str:
    seen = ", ".join(f"“{name}”" for name in found.seen)
    return {
        Problem.TOO_LARGE: _("This file has more lines than a college has students here. Send one cycle at a time."),
        Problem.NOT_TEXT: _("We can’t read this file. Save it as “CSV UTF-8” and send it again."),
        Problem.NOT_CSV: _("A quotation mark in this file is opened and not closed. Fix it and send the file again."),
        Problem.EMPTY: _("There are no students in this file."),
        Problem.NO_CODE: _("There’s no column named “code”. Start from the list you downloaded here."),
        Problem.MISSING: _("These columns are missing: %(names)s. Start from the list you downloaded here."),
        Problem.NUMBERS: _(
            "The column “student_number” is still in this file. Delete that column, so that the file names no one, and"
            " send it again. We kept nothing of it."
        ),
        Problem.EXTRA: _(
            "This file has columns that we don’t take: %(names)s. Delete them, so that the file names no one, and send"
            " it again. We kept nothing of it."
        ),
        Problem.TWICE: _("These columns are there twice: %(names)s. Delete one of each."),
    }[found.problem] % ({"names": seen} if found.problem in (Problem.MISSING, Problem.EXTRA, Problem.TWICE) else {})


def wrong_text(bad: BadLine) -> str:
    return {
        Wrong.CODE: _("The code is missing or isn’t one of ours."),
        Wrong.YES_NO: _("“%(column)s” is neither yes nor no."),
        Wrong.UNITS: _("The units aren’t a number of units of one term."),
        Wrong.BAND: _("The GPA band isn’t A, B, C or D."),
        Wrong.CELLS: _("There are more cells than columns, or a cell is too long."),
        Wrong.EMPTY: _("Nothing is filled in."),
        Wrong.NOT_ENROLLED: _("There are units or a GPA, but “reenrolled” doesn’t say yes."),
        Wrong.DIFFERS: _("The same code is in another line with other values."),
    }[bad.wrong] % {"column": bad.column}
