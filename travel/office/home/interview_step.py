"""The next step of a student who is invited to an interview."""

from django.utils import timezone
from django.utils.translation import gettext as _

from applications.interview import interviews
from applications.models import Application, Interview
from exchange.templatetags.ui import deadline
from travel.passport.case.next_step import NextStep


def interview_step(application: Application) -> NextStep | None:
    """None without an interview ahead, or if the cycle has none."""
    interview: Interview | None = getattr(application, "interview", None)
    if interview is None or not application.cycle.has_interviews or not interview.is_open:
        return None
    href = interview.get_absolute_url()
    if interview.slot is None:
        if not interviews.can_book(interview):
            return None
        return NextStep(
            title=_("Book your interview"),
            why=_("The committee wants to meet you. Choose a time that works for you."),
            do_by=timezone.localdate(interview.book_by),
            action_label=_("Choose a time"),
            action_href=href,
        )
    if interview.slot.ends_at <= timezone.now():
        return None
    return NextStep(
        title=_("Come to your interview"),
        why=_("We meet %(when)s. %(place)s")
        % {"when": deadline(interview.slot.starts_at), "place": interview.slot.place or _("It’s a video call.")},
        action_label=_("See your interview"),
        action_href=href,
    )
