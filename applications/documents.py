"""One function per document of the application."""

from datetime import datetime

from django.utils import translation

from applications import answers
from applications.models import Application
from exchange.documents import render_pdf


def application_copy(application: Application, *, received_at: datetime | None) -> bytes:
    """What the student sent, to keep: every question with its answer, in the language that is active."""
    with translation.override(translation.get_language() or application.person.language):
        context = {
            "application": application,
            "student": application.student,
            "parts": answers.parts_of(application),
            "received_at": received_at,
        }
        return render_pdf("applications/application_copy.html", context)
