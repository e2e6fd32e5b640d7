"""The office's own work in order of urgency, each line with a link to the page where it's done. Reads only.

Advisors' work isn't here, because the pipeline's cards count it. Work that has no advisor is.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
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
from applications.states import Status
from exchange.base.counting import Kind as Rows
from exchange.base.counting import counted
from exchange.models import Message, User
from travel.office.work import Duty

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
    href: Callable[[Cycle], str]


def _of(view: str) -> Callable[[Cycle], str]:
    return lambda cycle: reverse(view, args=[cycle.code])


def _with(view: str, **query: str) -> Callable[[Cycle], str]:
    return lambda cycle: reverse(view) + "?" + urlencode({"cycle": cycle.code, **query})


def _plain(view: str, query: str = "") -> Callable[[Cycle], str]:
    return lambda _cycle: reverse(view) + query


# In order of urgency: somebody waits and time runs out, then somebody waits, then work that can be done.
KINDS = (
    Kind(
        "failed",
        "stop",
        lambda n: ngettext("%(count)s message could not be sent", "%(count)s messages could not be sent", n),
        _("Somebody was not told. See why, and send it again."),
        _plain("message-failed"),
    ),
    Kind(
        "lapsed",
        "stop",
        lambda n: ngettext("%(count)s offer is past its date", "%(count)s offers are past their date", n),
        _("Give more time, or let it lapse so that the seat is free."),
        _of("applications:selection-offers"),
    ),
    Kind(
        "calls",
        "stop",
        lambda n: ngettext(
            "%(count)s student to call about an offer: no advisor can",
            "%(count)s students to call about an offer: no advisor can",
            n,
        ),
        _("They have said nothing, and their college has no advisor. The number, and what to say, are there."),
        _with("applications:call-list", owed="office"),
    ),
    Kind(
        "more_time",
        "stop",
        lambda n: ngettext("%(count)s student asks for more time", "%(count)s students ask for more time", n),
        _("Open the application again, or say no with a reason."),
        _with("applications:application-list", owed="more_time"),
    ),
    Kind(
        "files",
        "wait",
        lambda n: ngettext(
            "%(count)s application was sent with a file that we could not keep",
            "%(count)s applications were sent with a file that we could not keep",
            n,
        ),
        _("Return it for that part, so that the student can send another file."),
        _with("applications:application-list", owed="file"),
    ),
    Kind(
        "returned",
        "wait",
        lambda n: ngettext(
            "%(count)s application has long been back for a fix",
            "%(count)s applications have long been back for a fix",
            n,
        ),
        _("Call the student, or go on with it as it was sent. Until then nobody reads it."),
        _with("applications:application-list", owed="returned"),
    ),
    Kind(
        "questions",
        "wait",
        lambda n: ngettext("%(count)s question to answer", "%(count)s questions to answer", n),
        _("Sent to the office. The oldest comes first."),
        _plain("applications:thread-list", "?to=me"),
    ),
    Kind(
        "slips",
        "wait",
        lambda n: ngettext(
            "%(count)s report of words that tell who it is", "%(count)s reports of words that tell who it is", n
        ),
        _("They are covered already. Leave them so, or show them again."),
        _plain("applications:masking-list"),
    ),
    Kind(
        "drafted",
        "wait",
        lambda n: ngettext("%(count)s reading is not given out yet", "%(count)s readings are not given out yet", n),
        _("It is a draft until you release it to the readers."),
        _of("applications:assignment-draft"),
    ),
    Kind(
        "lacking",
        "wait",
        lambda n: ngettext("%(count)s application lacks readers", "%(count)s applications lack readers", n),
        _("Share them out. It is a draft that only the office sees."),
        _with("applications:review-list"),
    ),
    Kind(
        "own_scores",
        "wait",
        lambda n: ngettext("%(count)s interview of yours to score", "%(count)s interviews of yours to score", n),
        _("You have met them, and the committee waits for your points. Score while you remember."),
        _plain("applications:interview-list"),
    ),
    Kind(
        "unscored",
        "wait",
        lambda n: ngettext("%(count)s interview is not scored", "%(count)s interviews are not scored", n),
        _("It took place before today. See who owes the points, and call them: no tie is drawn until then."),
        _of("applications:selection-interviews"),
    ),
    Kind(
        "late_readers",
        "wait",
        lambda n: ngettext("%(count)s reader has stopped", "%(count)s readers have stopped", n),
        _("They owe readings and have locked none for days. Call them, or move their files."),
        _with("applications:review-list"),
    ),
    Kind(
        "free",
        "wait",
        lambda n: ngettext("%(count)s free seat, and a waiting list", "%(count)s free seats, and a waiting list", n),
        _("See who is next, and offer it."),
        _of("applications:selection-offers"),
    ),
    Kind(
        "decide",
        "now",
        lambda n: ngettext("%(count)s application to decide", "%(count)s applications to decide", n),
        _("Read by enough readers. Nobody is told before you release."),
        _with("applications:selection-list", decided="no", read="all"),
    ),
    Kind(
        "tell",
        "now",
        lambda n: ngettext("%(count)s result that nobody knows yet", "%(count)s results that nobody knows yet", n),
        _("See who gets what, then release."),
        _of("applications:selection-preview"),
    ),
    Kind(
        "place",
        "now",
        lambda n: ngettext("%(count)s student to place", "%(count)s students to place", n),
        _("They said yes, and have no city yet."),
        _with("travel:placement-waiting"),
    ),
    Kind(
        "upgrades",
        "now",
        lambda n: ngettext(
            "%(count)s student asked for a higher choice, and a seat there is free",
            "%(count)s students asked for a higher choice, and a seat there is free",
            n,
        ),
        _("A new placement run shows who would move where."),
        _of("travel:placement-run-list"),
    ),
    Kind(
        "programmes",
        "now",
        lambda n: ngettext("%(count)s host has planned days", "%(count)s hosts have planned days", n),
        _("Read the plan and take it over, so that students see it."),
        _plain("travel:trip-list"),
    ),
    Kind(
        "results",
        "now",
        lambda n: ngettext(
            "%(count)s student was at a passport day: how did it go?",
            "%(count)s students were at a passport day: how did it go?",
            n,
        ),
        _("Note who applied and who was turned away. Their dates wait for it."),
        _plain("travel:passport-day-list"),
    ),
    Kind(
        "counters",
        "now",
        lambda n: ngettext(
            "%(count)s passport counter to ask about its wait",
            "%(count)s passport counters to ask about their waits",
            n,
        ),
        _("Call and write down how long one waits there now."),
        _plain("travel:facility-list"),
    ),
    Kind(
        "arrivals",
        "now",
        lambda n: ngettext("%(count)s trip needs its arrival date", "%(count)s trips need their arrival dates", n),
        _("Countries count a passport’s validity from that day. Until you enter it, we use a late one."),
        _with("travel:trip-list"),
    ),
    Kind(
        "agreements",
        "now",
        lambda n: ngettext("%(count)s agreement ends soon", "%(count)s agreements end soon", n),
        _("Renew it, or write down that it is over."),
        _plain("travel:partner-list"),
    ),
    Kind(
        "references",
        "now",
        lambda n: ngettext("%(count)s date to look up again", "%(count)s dates to look up again", n),
        _("Until then readers are sent to the official page."),
        _plain("travel:reference-due"),
    ),
)


def duties_of(cycle: Cycle, owed: Counter[str]) -> list[Duty]:
    """Kinds with something to do, the most urgent first."""
    return [
        Duty(kind.key, count, kind.title(count) % {"count": count}, str(kind.text), kind.href(cycle), kind.tone)
        for kind in KINDS
        if (count := owed[kind.key])
    ]


# --- Counting ---------------------------------------------------------------------------------------


def owed_in(cycle: Cycle, *, late_days: int, returned_days: int) -> list[Rows]:
    """Work in reading, selection and release. `late_days`: days without a reading after which a reader counts as
    stopped; `returned_days`: days after which a requested fix won't come by itself.
    """
    return [
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
    return counted(
        [
            ("questions", Thread.objects.visible_to(user).addressed_to(user).waiting()),
            ("failed", Message.objects.visible_to(user).failed()),
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
