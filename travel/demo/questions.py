"""Questions of the cycle under way: some have an answer, some wait for those whom a visitor of the demo can be."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from applications.apply.actions import thread as threads
from applications.models import Application, Cycle, Thread
from applications.states import Status
from travel.demo.book import at
from travel.demo.past import past
from travel.demo.people import read
from travel.demo.scene import Scene

NOT_DECIDED = (Status.DRAFT, Status.SUBMITTED)


def write(scene: Scene, cycle: Cycle) -> None:
    book, taken = scene.book, set[int | None]()
    for row in read("scenes.toml")["question"]:
        application = _asking(scene, cycle, row, taken)
        if application is None or application.college is None:
            continue  # nobody of that college is at that point on this day
        taken.add(application.student_id)
        when = at(book.day(-row["days_ago"]), row["hour"], 12)
        with past(when, book.draw):
            asked = threads.ask(row["body"], addressee=row["to"], by=application.person, application=application)
        if "answer" in row:
            is_advisors = row["to"] == Thread.Addressee.ADVISOR
            by = scene.advisors[application.college.code][0] if is_advisors else scene.office
            with past(when + timedelta(hours=14), book.draw):
                threads.write(asked, row["answer"], by=by)


def _asking(scene: Scene, cycle: Cycle, row: Mapping[str, Any], taken: set[int | None]) -> Application | None:
    """`who`: an address, or the code of a college for one of its students who write or wait."""
    found = cycle.applications.filter(created_at__lt=at(scene.book.day(-row["days_ago"] - 1), 0)).order_by("pk")
    if "@" in row["who"]:
        return found.filter(student__email=row["who"]).first()
    free = found.filter(college__code=row["who"], status__in=NOT_DECIDED).exclude(student__in=taken)
    return free.select_related("college").first()
