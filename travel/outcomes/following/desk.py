"""What the page of a college's research office shows, and the rows that a preview carries, signed."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, timedelta

from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Cycle
from exchange.base.roles import Person
from exchange.models import College, User
from exchange.reference import facts
from travel.models import FollowUpImport
from travel.models.follow_up import YEARS
from travel.outcomes import counting
from travel.outcomes.following import files, matching
from travel.outcomes.following.counting import CLOSES, closes_on
from travel.outcomes.following.files import Content, Row

LINES_SHOWN = 40  # of each kind of trouble


@dataclass(frozen=True, slots=True)
class Desk:
    """One college, cycle and year after the trip. agreed: of so many asked. counted_from: when the year is counted."""

    college: College
    cycle: Cycle | None
    year: int
    cycles: Sequence[Cycle] = ()
    agreed: int = 0
    asked: int = 0
    counted_from: date | None = None
    imports: Sequence[FollowUpImport] = ()

    @property
    def is_over(self) -> bool:
        return self.counted_from is not None and self.counted_from <= timezone.localdate()


def desk_of(user: Person, college: College, code: str, year: int) -> Desk:
    """Cycles whose groups are home. Raises Cycle.DoesNotExist for another code. At most seven queries."""
    cycles = list(reversed(counting.ready()))
    cycle = next((each for each in cycles if each.code == code), None)
    if cycle is None and code:
        raise Cycle.DoesNotExist
    if cycle is None and cycles:
        cycle = cycles[0]
    if cycle is None:
        return Desk(college, None, year)
    imports = FollowUpImport.objects.visible_to(user).filter(college=college, cycle=cycle)
    return Desk(
        college,
        cycle,
        year,
        cycles,
        agreed=len(matching.agreed(cycle, college)),
        asked=matching.asked(cycle, college).count(),
        counted_from=closes_on(cycle, year, int(facts.number(CLOSES))),
        imports=list(imports.select_related("imported_by", "undone_by")),
    )


def year_text(year: int) -> str:
    return {1: _("After 1 year"), 2: _("After 2 years"), 3: _("After 3 years")}[year]


def year_of(text: str) -> int:
    """Of an address; the first year for anything else."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) == 1 and int(text) in YEARS else YEARS[0]


def columns_text(year: int) -> list[tuple[str, str]]:
    """Each column with what belongs there."""
    texts = {
        files.CODE: _("Leave it as it is. It stands for the student."),
        "reenrolled": _("yes or no: enrolled in the fall or spring term after the trip, whichever came first"),
        "units": _("Units taken in that term. Half units are rounded down."),
        "gpa_band": _("GPA of that term: A for 3.5 or more, B for 3.0 to 3.49, C for 2.0 to 2.99, D for under 2.0"),
        "award": _("yes or no: a certificate or degree by this time"),
        "transferred": _("yes or no: transferred to a four-year college by this time"),
    }
    return [(name, texts[name]) for name in (files.CODE, *files.COLUMNS[year])]


# --- From the preview to its confirmation -----------------------------------------------------------


def _salt(by: User, college: College, cycle: Cycle, year: int) -> str:
    return f"travel.outcomes.following.{by.pk}.{college.pk}.{cycle.pk}.{year}"


def sign(content: Content, *, by: User, college: College, cycle: Cycle, year: int) -> str:
    rows = [[line, *astuple(row)] for line, row in content.rows.items()]
    return signing.dumps(rows, salt=_salt(by, college, cycle, year), compress=True)


def carried(signed: str, *, by: User, college: College, cycle: Cycle, year: int) -> Content:
    """Raises signing.BadSignature; SignatureExpired once it is older than the fact enrollment.preview_minutes."""
    age = timedelta(minutes=float(facts.number("enrollment.preview_minutes")))
    rows = signing.loads(signed, salt=_salt(by, college, cycle, year), max_age=age)
    return Content({line: Row(*values) for line, *values in rows})
