"""The office's own work, counted by kind (`duties.OFFICE`). Reads only.

Advisors' work isn't here, because the pipeline's cards count it. Work that has no advisor is.
"""

from collections import Counter
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from applications.base import waitlist
from applications.interview import interviews, open_times
from applications.models import Application, Cycle, Decision, Interview, MaskingReport, Offer, OfferCall, Thread
from applications.models.application import is_still_read
from applications.reading import readers
from applications.reading.actions import assigning
from applications.release.actions import scheduling
from applications.states import Status
from exchange.base.counting import Kind as Rows
from exchange.base.counting import counted
from exchange.models import DataRequest, IncomingText, Message, OfficeTask, User
from travel.models import CheckInPerson, RollCall
from travel.models.checklist import StepFields
from travel.partners import entry_rules
from travel.prepare.checklist import staff_steps

LATE_DAYS = "review.late_days"
RETURNED_DAYS = "pipeline.returned_days"
WAITING_LIST = "waitlisted"  # not a kind of work: whether somebody waits for a free seat


def owed_in(cycle: Cycle, *, late_days: int, returned_days: int) -> list[Rows]:
    """Work in reading, selection and release. `late_days`: days without a reading after which a reader counts as
    stopped; `returned_days`: days after which a requested fix won't come by itself.
    """
    return [
        ("no_entry", entry_rules.cities_without(cycle)),
        ("lapsed", _lapsed(cycle)),
        ("calls", _calls(cycle)),
        ("more_time", Application.objects.filter(cycle=cycle).asking_for_more_time()),
        ("files", Application.objects.filter(cycle=cycle).lacking_a_file()),
        ("returned", Application.objects.filter(cycle=cycle).long_returned(returned_days)),
        ("slips", MaskingReport.objects.open().filter(application__cycle=cycle)),
        ("drafted", assigning.draft_of(cycle)),
        ("lacking", readers.lacking_readers(cycle)),
        *_interviews(cycle),
        ("late_readers", _stopped(cycle, timedelta(days=late_days))),
        ("decide", _to_decide(cycle)),
        ("tell", _to_tell(cycle)),
        (WAITING_LIST, waitlist.told(cycle.pk)),
    ]


def addressed_to(user: User) -> Counter[str]:
    """Work addressed to this person, in any cycle. One query."""
    tasks, today = OfficeTask.objects.visible_to(user).open().addressed_to(user), timezone.localdate()
    failures = Q(kind=scheduling.TASK)
    return counted(
        [
            ("check_ins", CheckInPerson.objects.visible_to(user).missing()),
            ("roll_calls", RollCall.objects.visible_to(user).unresolved()),
            ("tasks_late", tasks.exclude(failures).filter(due_on__lt=today)),
            ("tasks", tasks.exclude(failures).filter(due_on__gte=today)),
            ("refused", tasks.filter(failures)),
            ("steps", staff_steps.due_for(user, StepFields.Owner.OFFICE)),
            ("questions", Thread.objects.visible_to(user).addressed_to(user).waiting()),
            ("failed", Message.objects.visible_to(user).for_a_person()),
            ("unknown_texts", IncomingText.objects.visible_to(user).for_the_office()),
            ("data_requests", DataRequest.objects.visible_to(user).open()),
            ("own_scores", interviews.unscored().filter(reader=user)),
        ]
    )


def _lapsed(cycle: Cycle) -> QuerySet[Offer]:
    waiting = Offer.objects.unanswered().filter(application__cycle=cycle, application__status=Status.SELECTED)
    return waiting.filter(answer_by__lt=timezone.now())


def _calls(cycle: Cycle) -> QuerySet[OfferCall]:
    return OfferCall.objects.left_to_the_office().filter(offer__application__cycle=cycle)


def _unscored(cycle: Cycle) -> QuerySet[Application]:
    """Applications interviewed yesterday or earlier that lack a score; once each, however many are missing."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    owed = interviews.unscored(before=today)
    return Application.objects.filter(cycle=cycle, pk__in=owed.values("application"))


def _interviews(cycle: Cycle) -> list[Rows]:
    gaps = open_times.gaps_of(cycle)
    without = [row.application.pk for row in gaps.without]
    return [
        ("no_time", Application.objects.filter(pk__in=without)),
        ("not_held", Interview.objects.filter(pk__in=[row.pk for row in gaps.not_held])),
        ("unscored", _unscored(cycle)),
    ]


def _stopped(cycle: Cycle, days: timedelta) -> QuerySet[User]:
    """Readers with assignments that old who have locked nothing since; in one pass over the assignments."""
    before = timezone.now() - days
    owed = Q(released_at__lt=before, review__locked_at__isnull=True, application__status=Status.SUBMITTED)
    by_reader = readers.given(cycle).order_by().values("reader")
    counts = by_reader.annotate(
        owed=Count("pk", filter=owed), since=Count("pk", filter=Q(review__locked_at__gte=before))
    )
    return User.objects.filter(pk__in=counts.filter(owed__gt=0, since=0).values("reader"))


def _to_decide(cycle: Cycle) -> QuerySet[Application]:
    """Empty until nobody can submit any longer, because until then the committee's list still changes."""
    if cycle.closes_at > timezone.now():
        return Application.objects.none()
    read = Application.objects.filter(cycle=cycle).submitted().filter(~is_still_read())
    return read.exclude(Exists(Decision.objects.unreleased().filter(application=OuterRef("pk"))))


def _to_tell(cycle: Cycle) -> QuerySet[Decision]:
    return Decision.objects.unreleased().filter(
        application__cycle=cycle, application__status__in=(Status.SUBMITTED, Status.WAITLISTED)
    )
