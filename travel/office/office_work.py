"""The office's own work in order of urgency, each line with a link to the page where it's done. Reads only.

Advisors' work isn't here, because the pipeline's cards count it. Work that has no advisor is.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from applications.base import waitlist
from applications.interview import interviews
from applications.models import Application, Cycle, Decision, MaskingReport, Offer, OfferCall, Thread
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
from travel.office.work import Duty
from travel.partners import entry_rules
from travel.prepare import staff_steps

LATE_DAYS = "review.late_days"
RETURNED_DAYS = "pipeline.returned_days"
WAITING_LIST = "waitlisted"  # not a kind of work: whether somebody waits for a free seat


@dataclass(frozen=True, slots=True)
class Kind:
    """One line of the list. `title`: singular and plural of one sentence with %(count)s in it."""

    key: str
    tone: str
    title: Callable[[int], str]
    text: Promise
    href: Callable[[Any], str]  # of the cycle
    act: Promise | str = ""  # the button of what can't wait


def _of(view: str) -> Callable[[Cycle], str]:
    return lambda cycle: reverse(view, args=[cycle.code])


def _with(view: str, **query: str) -> Callable[[Cycle], str]:
    return lambda cycle: reverse(view) + "?" + urlencode({"cycle": cycle.code, **query})


def _plain(view: str, query: str = "") -> Callable[[Cycle], str]:
    return lambda _cycle: reverse(view) + query


# In order of urgency: somebody waits and time runs out, then somebody waits, then work that can be done.
KINDS = (
    Kind(
        "check_ins",
        "stop",
        lambda n: ngettext(
            "%(count)s person in a check-in isn’t accounted for",
            "%(count)s people in a check-in aren’t accounted for",
            n,
        ),
        _("See who needs help and who hasn’t answered, and say whom you’re calling."),
        _plain("travel:check-in-list"),
        _("See who’s missing"),
    ),
    Kind(
        "roll_calls",
        "stop",
        lambda n: ngettext(
            "%(count)s roll call in which someone is missing",
            "%(count)s roll calls in which someone is missing",
            n,
        ),
        _("See who it is and what the leaders tapped. Call them, or start a check-in."),
        _plain("travel:check-in-list"),
        _("See who’s missing"),
    ),
    Kind(
        "failed",
        "stop",
        lambda n: ngettext("%(count)s message couldn’t be sent", "%(count)s messages couldn’t be sent", n),
        _("Someone didn’t get their message. See why, and send it again."),
        _plain("message-failed"),
        _("Send it again"),
    ),
    Kind(
        "refused",
        "stop",
        lambda n: ngettext(
            "%(count)s scheduled release didn’t go out",
            "%(count)s scheduled releases didn’t go out",
            n,
        ),
        _("No one was told anything. See why, then set it again or release it by hand."),
        _plain("travel:office-task-list"),
        _("See why"),
    ),
    Kind(
        "no_entry",
        "stop",
        lambda n: ngettext(
            "%(count)s city of this cycle has no entry rules",
            "%(count)s cities of this cycle have no entry rules",
            n,
        ),
        _("Add what a U.S. passport needs there. Until then, no passport date counts it."),
        lambda _cycle: reverse("travel:reference-add", args=["entry"]),
        _("Add them"),
    ),
    Kind(
        "lapsed",
        "stop",
        lambda n: ngettext("%(count)s offer is past its deadline", "%(count)s offers are past their deadlines", n),
        _("Give more time, or let it lapse to free the spot."),
        _of("applications:selection-offers"),
    ),
    Kind(
        "calls",
        "stop",
        lambda n: ngettext(
            "%(count)s student to call about an offer (no advisor)",
            "%(count)s students to call about an offer (no advisor)",
            n,
        ),
        _(
            "They haven’t answered, and their college doesn’t have an advisor. The phone number and what to say"
            " are on the page."
        ),
        _with("applications:call-list", owed="office"),
    ),
    Kind(
        "more_time",
        "stop",
        lambda n: ngettext(
            "%(count)s student is asking for more time", "%(count)s students are asking for more time", n
        ),
        _("Reopen the application, or say no and give a reason."),
        _with("applications:application-list", owed="more_time"),
    ),
    Kind(
        "tasks_late",
        "stop",
        lambda n: ngettext("%(count)s task is past its date", "%(count)s tasks are past their dates", n),
        _("Do it, or hand it to someone who can."),
        _plain("travel:office-task-list"),
    ),
    Kind(
        "data_requests",
        "wait",
        lambda n: ngettext(
            "%(count)s request about a student’s own data", "%(count)s requests about students’ own data", n
        ),
        _("Correct or delete it, or say why not. Each request has a deadline for our answer."),
        _plain("travel:data-request-list"),
    ),
    Kind(
        "files",
        "wait",
        lambda n: ngettext(
            "%(count)s application came in with a file we couldn’t accept",
            "%(count)s applications came in with a file we couldn’t accept",
            n,
        ),
        _("Return that part so the student can send another file."),
        _with("applications:application-list", owed="file"),
    ),
    Kind(
        "returned",
        "wait",
        lambda n: ngettext(
            "%(count)s returned application still isn’t fixed",
            "%(count)s returned applications still aren’t fixed",
            n,
        ),
        _("Call the student, or continue with the application as it was submitted. Until then, no one can read it."),
        _with("applications:application-list", owed="returned"),
    ),
    Kind(
        "tasks",
        "wait",
        lambda n: ngettext("%(count)s task to do", "%(count)s tasks to do", n),
        _("Tickets, visas, hosts and other things that someone has to take care of, each with a date."),
        _plain("travel:office-task-list"),
    ),
    Kind(
        "steps",
        "wait",
        lambda n: ngettext("%(count)s step to do for a student", "%(count)s steps to do for students", n),
        _("It’s on the student’s checklist, and its day has come."),
        _plain("travel:checklist-steps", "?due=1"),
    ),
    Kind(
        "questions",
        "wait",
        lambda n: ngettext("%(count)s question to answer", "%(count)s questions to answer", n),
        _("Sent to the office, oldest first."),
        _plain("applications:thread-list", "?to=me"),
    ),
    Kind(
        "unknown_texts",
        "wait",
        lambda n: ngettext(
            "%(count)s text from a number we don’t know", "%(count)s texts from numbers we don’t know", n
        ),
        _("Read it, find out who wrote, and call or write back."),
        _plain("texts-unknown"),
    ),
    Kind(
        "slips",
        "wait",
        lambda n: ngettext(
            "%(count)s report of words that identify a student", "%(count)s reports of words that identify a student", n
        ),
        _("They’re already covered. Keep them covered, or show them again."),
        _plain("applications:masking-list"),
    ),
    Kind(
        "drafted",
        "wait",
        lambda n: ngettext(
            "%(count)s reading is assigned but not released", "%(count)s readings are assigned but not released", n
        ),
        _("It’s a draft until you release it to the readers."),
        _of("applications:assignment-draft"),
    ),
    Kind(
        "lacking",
        "wait",
        lambda n: ngettext("%(count)s application needs more readers", "%(count)s applications need more readers", n),
        _("Assign readers. You’ll get a draft that only the office sees."),
        _with("applications:review-list"),
    ),
    Kind(
        "own_scores",
        "wait",
        lambda n: ngettext("%(count)s interview for you to score", "%(count)s interviews for you to score", n),
        _("You’ve met, and the committee needs your score. Score it while you remember."),
        _plain("applications:interview-list"),
    ),
    Kind(
        "unscored",
        "wait",
        lambda n: ngettext("%(count)s interview isn’t scored yet", "%(count)s interviews aren’t scored yet", n),
        _("It took place before today. See whose score is missing and call them. A tie can’t be drawn until it’s in."),
        _of("applications:selection-interviews"),
    ),
    Kind(
        "late_readers",
        "wait",
        lambda n: ngettext("%(count)s reader has stopped reading", "%(count)s readers have stopped reading", n),
        _(
            "They have readings left and haven’t locked one in days. Call them, or move their applications to"
            " someone else."
        ),
        _with("applications:review-list"),
    ),
    Kind(
        "free",
        "wait",
        lambda n: ngettext(
            "%(count)s open spot, and students on the waitlist", "%(count)s open spots, and students on the waitlist", n
        ),
        _("See who’s next, and make the offer."),
        _of("applications:selection-offers"),
    ),
    Kind(
        "decide",
        "now",
        lambda n: ngettext("%(count)s application to decide on", "%(count)s applications to decide on", n),
        _("They have enough readings. No one hears anything until you release the results."),
        _with("applications:selection-list", decided="no", read="all"),
    ),
    Kind(
        "tell",
        "now",
        lambda n: ngettext("%(count)s result not released yet", "%(count)s results not released yet", n),
        _("Check who gets which result, then release them."),
        _of("applications:selection-preview"),
    ),
    Kind(
        "place",
        "now",
        lambda n: ngettext("%(count)s student to place", "%(count)s students to place", n),
        _("They’ve confirmed but don’t have a city yet."),
        _with("travel:placement-waiting"),
    ),
    Kind(
        "upgrades",
        "now",
        lambda n: ngettext(
            "%(count)s student asked for a higher choice that has a free spot",
            "%(count)s students asked for a higher choice that has a free spot",
            n,
        ),
        _("A new placement run shows who would move where."),
        _of("travel:placement-run-list"),
    ),
    Kind(
        "programmes",
        "now",
        lambda n: ngettext("%(count)s host sent a day-by-day plan", "%(count)s hosts sent a day-by-day plan", n),
        _("Review the host’s plan and save it, so students can see it."),
        _with("travel:trip-list", look="plan"),
    ),
    Kind(
        "results",
        "now",
        lambda n: ngettext(
            "%(count)s student went to a passport day. How did it go?",
            "%(count)s students went to a passport day. How did it go?",
            n,
        ),
        _("Record who applied and whose application wasn’t accepted. Their dates depend on it."),
        _plain("travel:passport-day-list"),
    ),
    Kind(
        "counters",
        "now",
        lambda n: ngettext(
            "%(count)s acceptance facility to call about wait times",
            "%(count)s acceptance facilities to call about wait times",
            n,
        ),
        _("Call and write down how long the wait is now."),
        _plain("travel:facility-list"),
    ),
    Kind(
        "arrivals",
        "now",
        lambda n: ngettext("%(count)s trip needs its arrival date", "%(count)s trips need their arrival dates", n),
        _("Countries count passport validity from that day. Until you enter it, we assume a late one."),
        _with("travel:trip-list", look="arrival"),
    ),
    Kind(
        "agreements",
        "now",
        lambda n: ngettext("%(count)s agreement ends soon", "%(count)s agreements end soon", n),
        _("Renew it, or record that it ended."),
        _plain("travel:partner-list"),
    ),
    Kind(
        "references",
        "now",
        lambda n: ngettext("%(count)s fact to look at", "%(count)s facts to look at", n),
        _("It’s past its date, or no one has confirmed it. Until then, students are sent to the official page."),
        _plain("travel:reference-list", "?state=look"),
    ),
)


def duties_of(cycle: Cycle | None, owed: Counter[str]) -> list[Duty]:
    """Kinds with something to do, the most urgent first. Without a cycle: those that are addressed to a person."""
    return [
        Duty(
            kind.key,
            count,
            kind.title(count) % {"count": count},
            str(kind.text),
            kind.href(cycle),
            kind.tone,
            str(kind.act),
        )
        for kind in KINDS
        if (count := owed[kind.key])
    ]


# --- Counting ---------------------------------------------------------------------------------------


def owed_in(cycle: Cycle, *, late_days: int, returned_days: int) -> list[Rows]:
    """Work in reading, selection and release. `late_days`: days without a reading after which a reader counts as
    stopped; `returned_days`: days after which a requested fix won't come by itself.
    """
    return [
        ("no_entry", cycle.cities.filter(entry_rules.none_for("pk"), is_offered=True)),
        ("lapsed", _lapsed(cycle)),
        ("calls", _calls(cycle)),
        ("more_time", Application.objects.filter(cycle=cycle).asking_for_more_time()),
        ("files", Application.objects.filter(cycle=cycle).lacking_a_file()),
        ("returned", Application.objects.filter(cycle=cycle).long_returned(returned_days)),
        ("slips", MaskingReport.objects.open().filter(application__cycle=cycle)),
        ("drafted", assigning.draft_of(cycle)),
        ("lacking", readers.lacking_readers(cycle)),
        ("unscored", _unscored(cycle)),
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
