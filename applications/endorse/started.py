"""Who of an advisor's students has begun an application and how far they are, never what they wrote. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass

from applications.base import written
from applications.base.sections import sections_of
from applications.models import Application, InterestSource
from exchange.models import College, NoticeSection, User

NOTICE_KEY = "drafts"  # the section of the privacy notice that tells students of it


@dataclass(frozen=True, slots=True)
class Started:
    """`parts`: of the form, of which something is written in `begun`."""

    application: Application
    begun: int
    parts: int

    @property
    def is_close(self) -> bool:
        """Whether at most one part has nothing in it."""
        return self.begun >= self.parts - 1


def students_know() -> bool:
    """Whether the privacy notice says that advisors see it. Otherwise they don't."""
    return NoticeSection.objects.filter(page=NoticeSection.Page.PRIVACY, key=NOTICE_KEY).exists()


def started_of(advisor: User) -> list[Started]:
    """Those who are closest first; of equals, who wrote last. Three queries, whatever their number."""
    if not students_know():
        return []
    drafts = Application.objects.begun_at_colleges_of(advisor).select_related("student", "college", "cycle", "form")
    applications = list(drafts.order_by("-saved_at", "pk"))
    begun = written.begun_in(applications)
    rows = [_row(each, begun) for each in applications]
    return sorted(rows, key=lambda row: row.begun - row.parts, reverse=True)


def _row(application: Application, begun: written.Begun) -> Started:
    sections = sections_of(application)
    return Started(application, len(written.keys_begun(sections, begun.get(application.pk, set()))), len(sections))


@dataclass(frozen=True, slots=True)
class CollegeCode:
    """A college, and the link and QR code that invite its students; None until somebody makes it."""

    college: College
    source: InterestSource | None


def name_of(college: College) -> str:
    """Of its code. The whole name may be longer than a code's."""
    return college.short_name


def codes_of(advisor: User, colleges: Sequence[College]) -> list[CollegeCode]:
    """Codes of a college's events are the office's: here is the one that bears the college's own name."""
    running = InterestSource.objects.visible_to(advisor).running().order_by("-created_at", "-pk")
    names = {each.pk: name_of(each) for each in colleges}
    found = {each.college_id: each for each in running if each.name == names.get(each.college_id or 0)}
    return [CollegeCode(each, found.get(each.pk)) for each in colleges]
