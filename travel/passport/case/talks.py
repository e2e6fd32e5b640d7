"""Conversations that students asked for in private: who waits for which advisor. Never an answer. Reads only."""

from django.db.models import Exists, OuterRef, Q

from applications.models import Application
from applications.models.application import ApplicationQuerySet
from exchange.base import roles
from exchange.models import Role, User
from travel.models import ChecklistItem, ChecklistStep, PassportCase, TravelAnswers
from travel.models.checklist import ChecklistItemQuerySet
from travel.states import BEFORE_APPLYING, HELPED

# items about the counter: someone who talks with an advisor may need no US passport at all
OF_THE_COUNTER = frozenset({ChecklistStep.Timing.DOCUMENTS, ChecklistStep.Timing.APPLY})


def is_asked_of(case: PassportCase | None, item: ChecklistItem) -> bool:
    """Whether this item of the checklist is shown to the student, who is then reminded of it."""
    talks = case is not None and case.route == PassportCase.Route.TALK and case.stage in BEFORE_APPLYING
    return not (talks and item.step.timing in OF_THE_COUNTER)


def asked_of(items: ChecklistItemQuerySet) -> ChecklistItemQuerySet:
    """Those of these rows for which `is_asked_of` says yes."""
    case = "placement__application__passport_case"
    talks = {f"{case}__route": PassportCase.Route.TALK, f"{case}__stage__in": BEFORE_APPLYING}
    return items.exclude(**talks, step__timing__in=OF_THE_COUNTER)


def waiting_for(advisor: User) -> ApplicationQuerySet:
    """Applications whose student waits for a talk with this advisor, or with an advisor who has left the college."""
    at_home = Role.objects.filter(
        user=OuterRef("travel_answers__talk_with"),
        user__is_active=True,
        kind=Role.Kind.ADVISOR,
        college=OuterRef("college"),
    )
    mine = Application.objects.visible_to(advisor).filter(college__in=roles.advisor_college_ids(advisor))
    asked = mine.real().filter(
        status__in=HELPED,
        cycle__closed_out_at__isnull=True,
        travel_answers__talk_asked_at__isnull=False,
        travel_answers__talked_at__isnull=True,
    )
    return asked.filter(Q(travel_answers__talk_with=advisor) | ~Exists(at_home)).exclude(student=advisor)


def is_mine(advisor: User, application: Application) -> bool:
    return waiting_for(advisor).filter(pk=application.pk).exists()


def has_talked(application: Application) -> bool:
    return TravelAnswers.objects.filter(application=application.pk, talked_at__isnull=False).exists()
