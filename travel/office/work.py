"""An advisor's work due today, by kind, each count with a link to exactly its rows. Reads only."""

from dataclasses import dataclass

from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from applications.base import due_days
from applications.interview import interviews
from applications.models import Application, Assignment, OfferCall, Thread
from applications.models.application import ApplicationQuerySet
from applications.release.actions.calls import SILENT_HOURS
from exchange.background.cached_figures import RecentEvents, cached
from exchange.base import roles
from exchange.models import User
from exchange.reference import facts
from travel.models import CheckInPerson, PassportCase, RollCall
from travel.models.checklist import StepFields
from travel.models.passport import PassportCaseQuerySet
from travel.passport import cities_open, passport_days, talks
from travel.passport.calls import ToCall, to_call
from travel.prepare import staff_steps

FIND, MISSED = "find", "roll_calls"  # travelers and leaders whom a check-in hasn't found, or a leader misses


@dataclass(frozen=True, slots=True)
class Duty:
    """One kind of work: how many rows wait, what to do with them, and where. `act`: the button's label, verb first."""

    key: str
    count: int
    title: str
    text: str
    href: str
    tone: str
    act: str = ""


def work_of(advisor: User, recent: RecentEvents | None = None) -> list[Duty]:
    """All kinds in order of urgency, those with nothing due last; fresh after anyone's last action. `recent`: as of
    `cached`."""
    key = f"work:{advisor.pk}:{get_language()}"
    return cached(key, lambda: _work_of(advisor), by=advisor, always_cache=True, recent=recent).value


def _work_of(advisor: User) -> list[Duty]:
    kinds = [
        _find(advisor),
        _missed(advisor),
        _call(advisor),
        _silent(advisor),
        _late(advisor),
        _steps(advisor),
        _note_results(advisor),
        _talk(advisor),
        _no_city(advisor),
        _open_lists(advisor),
        _answer(advisor),
        _score(advisor),
        _endorse(advisor),
        _meet(advisor),
        _read(advisor),
        _ask_waits(advisor),
    ]
    return sorted(kinds, key=lambda duty: duty.count == 0)


def _find(leader: User) -> Duty:
    """Of the trips that they lead."""
    count = CheckInPerson.objects.visible_to(leader).missing().count()
    return Duty(
        FIND,
        count,
        ngettext(
            "%(count)s person in a check-in isn’t accounted for",
            "%(count)s people in a check-in aren’t accounted for",
            count,
        )
        % {"count": count},
        _("See who needs help and who hasn’t answered, and say whom you’re calling."),
        reverse("travel:check-in-list"),
        "stop",
        _("See who’s missing"),
    )


def _missed(leader: User) -> Duty:
    """In roll calls of the trips that they lead, by whichever leader."""
    count = RollCall.objects.visible_to(leader).unresolved().count()
    return Duty(
        MISSED,
        count,
        ngettext(
            "%(count)s roll call in which someone is missing",
            "%(count)s roll calls in which someone is missing",
            count,
        )
        % {"count": count},
        _("See who it is and what the leaders tapped. Call them, or start a check-in."),
        reverse("travel:check-in-list"),
        "stop",
        _("See who’s missing"),
    )


def _call(advisor: User) -> Duty:
    count = OfferCall.objects.visible_to(advisor).due().count()
    return Duty(
        "call",
        count,
        ngettext("%(count)s student to call about an offer", "%(count)s students to call about an offer", count)
        % {"count": count},
        _("They haven’t answered yet. The phone number and what to say are on the page."),
        reverse("applications:call-list"),
        "stop",
        _("See who to call"),
    )


def _silent(advisor: User) -> Duty:
    count = Application.objects.answered_for_by(advisor).silent(int(facts.number(SILENT_HOURS))).count()
    return Duty(
        "silent",
        count,
        ngettext(
            "%(count)s student to call: no answer to the offer yet",
            "%(count)s students to call: no answer to their offers yet",
            count,
        )
        % {"count": count},
        _("They’ve had the offer for some days. After the deadline, the spot can go to the next student."),
        reverse("applications:application-list") + "?owed=silent",
        "stop",
        _("See who hasn’t answered"),
    )


def own_passports(advisor: User) -> PassportCaseQuerySet:
    """Cases of the advisor's colleges whose students still go."""
    return PassportCase.objects.before_return().filter(application__college__in=roles.advisor_college_ids(advisor))


def passports_to_call(advisor: User, recent: RecentEvents | None = None) -> ToCall:
    """Whom of them to call today; fresh after anyone's last action. `recent`: as of `cached`."""
    key = f"calls:{advisor.pk}"
    return cached(key, lambda: to_call(own_passports(advisor)), by=advisor, always_cache=True, recent=recent).value


def _late(advisor: User) -> Duty:
    count = own_passports(advisor).late(timezone.localdate()).count()
    return Duty(
        "late",
        count,
        ngettext(
            "%(count)s student is behind on getting ready for the trip",
            "%(count)s students are behind on getting ready for the trip",
            count,
        )
        % {"count": count},
        _("See which date they missed, and help with the next one."),
        reverse("travel:checklist-list") + "?late=1",
        "stop",
        _("See who’s behind"),
    )


def _steps(advisor: User) -> Duty:
    count = staff_steps.due_for(advisor, StepFields.Owner.ADVISOR).count()
    return Duty(
        "steps",
        count,
        ngettext("%(count)s step to do for a student", "%(count)s steps to do for students", count) % {"count": count},
        _("It’s on the student’s checklist, and they see when you’ve done it."),
        reverse("travel:checklist-steps") + "?due=1",
        "wait",
        _("See your steps"),
    )


def _talk(advisor: User) -> Duty:
    count = talks.waiting_for(advisor).count()
    return Duty(
        "talks",
        count,
        ngettext(
            "%(count)s student would like to talk with you",
            "%(count)s students would like to talk with you",
            count,
        )
        % {"count": count},
        _("It’s private, and about what they can travel on. Reach out today: some documents take months."),
        reverse("travel:passport-open-lists") + "?show=talks",
        "stop",
        _("See who is waiting"),
    )


def _note_results(advisor: User) -> Duty:
    count = passport_days.unsettled(advisor).count()
    return Duty(
        "results",
        count,
        ngettext(
            "%(count)s student went to a passport day. How did it go?",
            "%(count)s students went to a passport day. How did it go?",
            count,
        )
        % {"count": count},
        _("Record who applied and whose application wasn’t accepted. Their dates depend on it."),
        reverse("travel:passport-day-list"),
        "wait",
        _("Record the results"),
    )


def _open_lists(advisor: User) -> Duty:
    count = cities_open.still_open(_own(advisor)).count()
    return Duty(
        "open-lists",
        count,
        ngettext(
            "%(count)s student is waiting for you to mark their cities",
            "%(count)s students are waiting for you to mark their cities",
            count,
        )
        % {"count": count},
        _(
            "They can’t be placed until you mark where they can go. If that’s everywhere, you can mark several"
            " students at once."
        ),
        reverse("travel:passport-open-lists"),
        "wait",
        _("Mark the cities"),
    )


def _ask_waits(advisor: User) -> Duty:
    count = passport_days.facilities_to_call(advisor).count()
    return Duty(
        "waits",
        count,
        ngettext("%(count)s acceptance facility to call", "%(count)s acceptance facilities to call", count)
        % {"count": count},
        _("They’re near your college. Call and write down how long the wait is now."),
        reverse("travel:facility-list"),
        "wait",
        _("See which ones"),
    )


def _no_city(advisor: User) -> Duty:
    count = cities_open.nowhere(_own(advisor)).count()
    return Duty(
        "no-city",
        count,
        ngettext(
            "%(count)s student has no city that works yet",
            "%(count)s students have no city that works yet",
            count,
        )
        % {"count": count},
        _("They can’t go to any city on their list. Talk with them. The office sees only how many there are."),
        reverse("travel:passport-open-lists") + "?show=nowhere",
        "stop",
        _("See who they are"),
    )


def _own(advisor: User) -> ApplicationQuerySet:
    """Applications of the advisor's colleges, except their own."""
    mine = Application.objects.visible_to(advisor).filter(college__in=roles.advisor_college_ids(advisor))
    return mine.exclude(student=advisor)


def _answer(advisor: User) -> Duty:
    count = Thread.objects.visible_to(advisor).addressed_to(advisor).waiting().count()
    return Duty(
        "answer",
        count,
        ngettext("%(count)s question to answer", "%(count)s questions to answer", count) % {"count": count},
        _("From students at your college, oldest first. Your answer reaches their phone right away."),
        reverse("applications:thread-list") + "?to=me",
        "wait",
        _("Answer them"),
    )


def _endorse(advisor: User) -> Duty:
    owed = Application.objects.answered_for_by(advisor).not_endorsed().order_by()
    count, due_on = owed.aggregate(count=Count("pk"), due_on=Min("cycle__endorsements_due_on")).values()
    return Duty(
        "endorse",
        count,
        ngettext("%(count)s student to endorse", "%(count)s students to endorse", count) % {"count": count},
        _with_day(
            _(
                "Confirm that they’re enrolled and in good standing, and add anything the office should know."
                " You’re not scoring them."
            ),
            due_days.endorsing(due_on),
        ),
        reverse("applications:endorsement-list") + "?owed=yes",
        "wait",
        _("Endorse them"),
    )


def _with_day(text: str, due: str) -> str:
    """The day first, because it tells what comes first today."""
    return f"{due} {text}" if due else text


def _score(advisor: User) -> Duty:
    count = interviews.unscored().filter(reader=advisor).count()
    return Duty(
        "score",
        count,
        ngettext("%(count)s interview to score", "%(count)s interviews to score", count) % {"count": count},
        _("You’ve met, and the committee needs your score. Score it while you remember."),
        reverse("applications:interview-list"),
        "wait",
        _("Score them"),
    )


def _meet(advisor: User) -> Duty:
    count = interviews.held_by(advisor, since=timezone.localdate()).filter(interview__isnull=False).count()
    return Duty(
        "meet",
        count,
        ngettext("%(count)s student to interview", "%(count)s students to interview", count) % {"count": count},
        _("Students booked these interviews with you. See who’s coming, and when."),
        reverse("applications:interview-list"),
        "now",
        _("See when"),
    )


def _read(advisor: User) -> Duty:
    given = Assignment.objects.visible_to(advisor).filter(reader=advisor, is_interview=False).unread().order_by()
    count, due_on = given.aggregate(count=Count("pk"), due_on=Min("application__cycle__readings_due_on")).values()
    return Duty(
        "read",
        count,
        ngettext("%(count)s application to read", "%(count)s applications to read", count) % {"count": count},
        _with_day(
            _("They’re from other colleges, with names hidden. You don’t have to read them all at once."),
            due_days.reading(due_on),
        ),
        reverse("applications:review-list") + "?show=unread",
        "now",
        _("Read the next one"),
    )
