"""An advisor's work due today, counted by kind (`duties.ADVISOR`). Reads only."""

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import get_language

from applications.base import due_days
from applications.interview import interviews
from applications.models import Application, Assignment, OfferCall, Thread
from applications.models.application import ApplicationQuerySet
from applications.release.actions.calls import SILENT_HOURS
from exchange.background.cached_figures import RecentEvents, cached
from exchange.base import roles
from exchange.base.counting import Kind as Rows
from exchange.base.counting import counted
from exchange.models import User
from exchange.reference import facts
from travel.models import CheckInPerson, PassportCase, RollCall
from travel.models.checklist import StepFields
from travel.models.passport import PassportCaseQuerySet
from travel.office.home.duties import ADVISOR, Duty
from travel.passport.calls.to_call import ToCall, to_call
from travel.passport.case import cities_open, talks
from travel.passport.case import where_to_apply as passport_days
from travel.prepare.checklist import staff_steps


def work_of(advisor: User, recent: RecentEvents | None = None) -> list[Duty]:
    """All kinds in order of urgency, those with nothing due last; fresh after anyone's last action. `recent`: as of
    `cached`."""
    key = f"work:{advisor.pk}:{get_language()}"
    return cached(key, lambda: _work_of(advisor), by=advisor, always_cache=True, recent=recent).value


def _work_of(advisor: User) -> list[Duty]:
    to_endorse = Application.objects.answered_for_by(advisor).not_endorsed()
    to_read = Assignment.objects.visible_to(advisor).filter(reader=advisor, is_interview=False).unread()
    days = {
        "endorse": due_days.endorsing(to_endorse.aggregate(due_on=Min("cycle__endorsements_due_on"))["due_on"]),
        "read": due_days.reading(to_read.aggregate(due_on=Min("application__cycle__readings_due_on"))["due_on"]),
    }
    counts = counted([("endorse", to_endorse), ("read", to_read), *_rows(advisor)])
    kinds = [kind.of(counts[kind.key], due=days.get(kind.key, "")) for kind in ADVISOR]
    return sorted(kinds, key=lambda duty: duty.count == 0)


def _rows(advisor: User) -> list[Rows]:
    """Check-ins and roll calls are those of the trips that they lead."""
    silent_hours, own = int(facts.number(SILENT_HOURS)), _own(advisor)
    return [
        ("check_ins", CheckInPerson.objects.visible_to(advisor).missing()),
        ("roll_calls", RollCall.objects.visible_to(advisor).unresolved()),
        ("call", OfferCall.objects.visible_to(advisor).due()),
        ("silent", Application.objects.answered_for_by(advisor).silent(silent_hours)),
        ("late", own_passports(advisor).late(timezone.localdate())),
        ("steps", staff_steps.due_for(advisor, StepFields.Owner.ADVISOR)),
        ("results", passport_days.unsettled(advisor)),
        ("talks", talks.waiting_for(advisor)),
        ("no_city", cities_open.nowhere(own)),
        ("open_lists", cities_open.still_open(own)),
        ("questions", Thread.objects.visible_to(advisor).addressed_to(advisor).waiting()),
        ("own_scores", interviews.unscored().filter(reader=advisor)),
        ("meet", interviews.held_by(advisor, since=timezone.localdate()).filter(interview__isnull=False)),
        ("counters", passport_days.facilities_to_call(advisor)),
    ]


def own_passports(advisor: User) -> PassportCaseQuerySet:
    """Cases of the advisor's colleges whose students still go."""
    return PassportCase.objects.before_return().filter(application__college__in=roles.advisor_college_ids(advisor))


def passports_to_call(advisor: User, recent: RecentEvents | None = None) -> ToCall:
    """Whom of them to call today; fresh after anyone's last action. `recent`: as of `cached`."""
    key = f"calls:{advisor.pk}"
    return cached(key, lambda: to_call(own_passports(advisor)), by=advisor, always_cache=True, recent=recent).value


def _own(advisor: User) -> ApplicationQuerySet:
    """Applications of the advisor's colleges, except their own."""
    mine = Application.objects.visible_to(advisor).filter(college__in=roles.advisor_college_ids(advisor))
    return mine.exclude(student=advisor)
