"""A student's text lands in their thread, where a person answers it.

It continues the thread that was written in lately, because that is what people answer from a phone; otherwise it opens
one with the office.
"""

from datetime import timedelta

from django.utils import timezone

from applications.apply.actions import thread as threads
from applications.models import Application, Thread
from exchange.base.errors import RuleViolation
from exchange.messages.inbound import RECEIVED, Reply, Text

CONTINUES = timedelta(days=14)


def take(text: Text) -> Reply | None:
    """Write it into the student's thread; None if the number is nobody's, or of somebody who never applied."""
    student, body = text.user, text.body.strip()
    if student is None or not body:
        return None
    application = Application.objects.filter(student=student).order_by("-created_at", "-pk").first()
    if application is None:
        return None
    thread = _current(student.pk)
    if thread is None:
        try:
            threads.ask(body, addressee=Thread.Addressee.OFFICE, by=student, application=application, by_text=True)
        except RuleViolation:  # too many open questions: it joins the newest of them
            thread = Thread.objects.filter(student=student).waiting().order_by("-opened_at", "-pk").first()
    if thread:
        threads.write(thread, body, by=student, by_text=True)
    return Reply(RECEIVED, once_a_day=True)


def _current(student: int) -> Thread | None:
    lately = Thread.objects.filter(student=student, notes__written_at__gt=timezone.now() - CONTINUES)
    return lately.order_by("-notes__written_at", "-pk").first()
