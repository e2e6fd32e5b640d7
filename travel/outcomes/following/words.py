"""What is wrong with a file about the time after a trip, in words."""

from django.utils.translation import gettext as _

from travel.outcomes.following.files import BadLine, Problem, UnreadableFile, Wrong


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
