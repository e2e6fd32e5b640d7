"""A student's date of birth, read from the application. Reads only; it is stored nowhere else (decision 42)."""

from datetime import date

from applications.base.typed_dates import read_date
from applications.models import Answer, Application

QUESTION = "date_of_birth"


def of(application: Application) -> date | None:
    """None if the form doesn't ask for it, or the answer isn't a date."""
    found = Answer.objects.filter(application=application.pk, question__key=QUESTION)
    return read_date(found.values_list("value", flat=True).first())
