"""Actions on the private conversation that some answers lead to. Its messages and events say no reason."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application
from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from exchange.people.colleges import named_advisor as colleges
from travel.models import TravelAnswers
from travel.passport.case import talks


def follow_route(row: TravelAnswers, *, needs_talk: bool, has_changed: bool) -> None:
    """Ask an advisor for a talk where the route is one, and take that back where it isn't. The caller saves no row."""
    if not needs_talk:
        row.talk_asked_at = row.talk_with = row.talked_at = None
        row.talk_how = ""
    elif row.talk_asked_at is None or (row.talked_at and has_changed):
        row.talk_with = row.talk_with or row.advisor or colleges.advisor_of(row.application.college)
        row.talk_asked_at, row.talked_at = timezone.now(), None
        _tell(row)
    row.save(update_fields=["talk_asked_at", "talk_with", "talk_how", "talked_at"])


def _tell(row: TravelAnswers) -> None:
    """Message the advisor, without a name; where the college has no advisor, the office, which can find one."""
    college = row.application.college
    context = {"path": reverse("travel:passport-open-lists") + "?show=talks", "college": college}
    if row.talk_with:
        outbox.queue("travel/talk_asked", to=row.talk_with, context=context)
        return
    for person in roles.coordinators():
        outbox.queue("travel/talk_without_advisor", to=person, context=context)


@transaction.atomic
def ask(application: Application, *, advisor: User | None, how: str, by: User) -> TravelAnswers:
    """The student says with whom to talk and how to be reached, or asks for another talk.

    RuleViolation: ("no_answers") before there are any, ("not_an_advisor") for anyone but the home college's advisors.
    """
    row = _locked(application)
    if advisor is not None and application.college_id not in roles.advisor_college_ids(advisor):
        raise RuleViolation("not_an_advisor", _("Choose an advisor at your own college."))
    is_open = row.talk_asked_at is not None and row.talked_at is None
    if is_open and (row.talk_with_id, row.talk_how) == (advisor.pk if advisor else None, how):
        return row
    is_new = not is_open or row.talk_with != advisor
    row.talk_with, row.talk_how, row.talked_at = advisor, how, None
    row.talk_asked_at = timezone.now() if is_new else row.talk_asked_at
    row.save(update_fields=["talk_asked_at", "talk_with", "talk_how", "talked_at"])
    audit.record("passport.ask_talk", application, by=by)
    if is_new:
        _tell(row)
    return row


@transaction.atomic
def note(application: Application, *, by: User) -> None:
    """The advisor says that the talk took place. Safe to repeat.

    RuleViolation("no_talk") for anyone but the advisor who was asked.
    """
    row = _locked(application)
    if row.talked_at:
        return
    if not talks.is_mine(by, application):
        raise RuleViolation("no_talk", _("This student hasn’t asked to talk with you. Nothing was changed."))
    row.talked_at = timezone.now()
    row.save(update_fields=["talked_at"])
    audit.record("passport.talked", application, by=by)


def close_with_cities(application: Application, *, by: User) -> None:
    """The advisor who was asked has marked the cities: that is what the talk was for."""
    if talks.is_mine(by, application):
        note(application, by=by)


def _locked(application: Application) -> TravelAnswers:
    row = TravelAnswers.objects.select_for_update(of=("self",)).filter(application=application).first()
    if row is None:
        raise RuleViolation("no_answers", _("Answer the questions first. Then choose who to talk with."))
    return row
