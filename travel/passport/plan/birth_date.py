"""A student's date of birth, read from the application. Reads only; it is stored nowhere else (docs/adr/0019)."""

from collections.abc import Iterable
from datetime import date

from applications.base.typed_dates import read_date
from applications.models import Answer, Application

QUESTION = "date_of_birth"


def of(application: Application) -> date | None:
    """None if the form doesn't ask for it, or the answer isn't a date."""
    return of_many([application.pk]).get(application.pk)


def of_many(applications: Iterable[int]) -> dict[int, date]:
    """By application (primary keys); without those whose form doesn't ask, or whose answer isn't a date. One query."""
    found = Answer.objects.filter(application__in=list(applications), question__key=QUESTION).order_by("-pk")
    read = ((key, read_date(value)) for key, value in found.values_list("application", "value"))
    return {key: born for key, born in read if born}
