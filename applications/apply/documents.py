"""Documents about an application as HTML for print (`exchange.background.pdfs`); one function for each."""

from datetime import datetime

from django.utils import timezone, translation

from applications.apply import results
from applications.base import answers
from applications.models import Application, Decision, SentCopy
from applications.states import Status
from exchange.files.documents import for_print


def application_copy(application: Application) -> str:
    """The student's copy of a submitted application: all questions and answers, worded and in the language as sent."""
    copy = SentCopy.objects.filter(application=application).first()  # none if seed data submitted it
    language = copy.language if copy else translation.get_language() or application.person.language
    with translation.override(language):
        context = {
            "application": application,
            "student": application.student,
            "parts": copy.parts if copy else answers.as_sent(answers.parts_of(application)),
        }
        return for_print("applications/apply/application_copy.html", context)


def result_letter(application: Application, decision: Decision, *, answer_by: datetime) -> str:
    """The committee's result as a letter in the student's language, with the readers' feedback."""
    with translation.override(application.person.language):
        context = {
            "application": application,
            "student": application.person,
            "cycle": application.cycle,
            "college": application.college,
            "advisor": application.college.named_advisor if application.college else None,
            "result": decision.result,
            "heading": results.HEADINGS[Status(decision.result)],
            "answer_by": answer_by,
            "written_on": timezone.localdate(decision.released_at) if decision.released_at else timezone.localdate(),
            "covered": application.cycle.covered.splitlines(),
            "student_pays": application.cycle.student_pays.splitlines(),
            "is_corrected": decision.corrects_id is not None,
            "strongest": results.strongest_of(application),
            "feedback": results.feedback_for(application),
        }
        return for_print("applications/apply/result_letter.html", context)
