"""An advisor's work due today, by kind, each count with a link to exactly its rows. Reads only."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from applications.interview import interviews
from applications.models import Application, Assignment, OfferCall, Thread
from applications.models.application import ApplicationQuerySet
from applications.release.actions.calls import SILENT_HOURS
from exchange.background.cached_figures import cached
from exchange.base import roles
from exchange.models import User
from exchange.reference import facts
from travel.models import PassportCase
from travel.models.passport import PassportCaseQuerySet
from travel.passport import cities_open, passport_days, talks
from travel.passport.calls import ToCall, to_call


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


def work_of(advisor: User) -> list[Duty]:
    """All kinds in order of urgency, those with nothing due last; fresh after anyone's last action."""
    key = f"work:{advisor.pk}:{get_language()}"
    return cached(key, lambda: _work_of(advisor), by=advisor, always_cache=True).value


def _work_of(advisor: User) -> list[Duty]:
    kinds = [
        _call(advisor),
        _silent(advisor),
        _late(advisor),
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


def _call(advisor: User) -> Duty:
    count = OfferCall.objects.visible_to(advisor).due().count()
    return Duty(
        "call",
        count,
        ngettext("%(count)s student to call about an offer", "%(count)s students to call about an offer", count)
        % {"count": count},
        _("They have said nothing so far. The number, and what to say, are there."),
        reverse("applications:call-list"),
        "stop",
        _("See whom to call"),
    )


def _silent(advisor: User) -> Duty:
    count = Application.objects.answered_for_by(advisor).silent(int(facts.number(SILENT_HOURS))).count()
    return Duty(
        "silent",
        count,
        ngettext(
            "%(count)s student still hasn’t answered an offer",
            "%(count)s students still haven’t answered their offers",
            count,
        )
        % {"count": count},
        _("A call from you helps. After the deadline, the seat goes to the next student."),
        reverse("applications:application-list") + "?owed=silent",
        "stop",
        _("See who is silent"),
    )


def own_passports(advisor: User) -> PassportCaseQuerySet:
    """Cases of the advisor's colleges whose students still go."""
    return PassportCase.objects.before_return().filter(application__college__in=roles.advisor_college_ids(advisor))


def passports_to_call(advisor: User) -> ToCall:
    """Whom of them to call today; fresh after anyone's last action."""
    return cached(f"calls:{advisor.pk}", lambda: to_call(own_passports(advisor)), by=advisor, always_cache=True).value


def _late(advisor: User) -> Duty:
    count = own_passports(advisor).late(timezone.localdate()).count()
    return Duty(
        "late",
        count,
        ngettext(
            "%(count)s student is behind on the way to the trip",
            "%(count)s students are behind on the way to the trip",
            count,
        )
        % {"count": count},
        _("See which date has gone by, and help with the next one."),
        reverse("travel:checklist-list") + "?late=1",
        "stop",
        _("See who is late"),
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
        _("In private, about what they can travel on. Reach out today: some documents take months."),
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
            "%(count)s student was at a passport day: how did it go?",
            "%(count)s students were at a passport day: how did it go?",
            count,
        )
        % {"count": count},
        _("Note who applied and who was turned away. Their dates wait for it."),
        reverse("travel:passport-day-list"),
        "wait",
        _("Note the results"),
    )


def _open_lists(advisor: User) -> Duty:
    count = cities_open.still_open(_own(advisor)).count()
    return Duty(
        "open-lists",
        count,
        ngettext(
            "%(count)s student whose list of cities is still open",
            "%(count)s students whose list of cities is still open",
            count,
        )
        % {"count": count},
        _("Nobody is placed before you mark where they can go. Several at once, where it is everywhere."),
        reverse("travel:passport-open-lists"),
        "wait",
        _("Mark the cities"),
    )


def _ask_waits(advisor: User) -> Duty:
    count = passport_days.facilities_to_call(advisor).count()
    return Duty(
        "waits",
        count,
        ngettext("%(count)s passport counter to ask", "%(count)s passport counters to ask", count) % {"count": count},
        _("Near your college. Call and write down how long one waits there now."),
        reverse("travel:facility-list"),
        "wait",
        _("See which counters"),
    )


def _no_city(advisor: User) -> Duty:
    count = cities_open.nowhere(_own(advisor)).count()
    return Duty(
        "no-city",
        count,
        ngettext(
            "%(count)s student has no city to go to so far",
            "%(count)s students have no city to go to so far",
            count,
        )
        % {"count": count},
        _("None of their wishes can work. Talk with them; the office only sees how many they are."),
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
        _("From students of your college. The oldest comes first; your answer reaches the phone at once."),
        reverse("applications:thread-list") + "?to=me",
        "wait",
        _("Answer them"),
    )


def _endorse(advisor: User) -> Duty:
    count = Application.objects.answered_for_by(advisor).not_endorsed().count()
    return Duty(
        "endorse",
        count,
        ngettext("%(count)s student of yours to endorse", "%(count)s students of yours to endorse", count)
        % {"count": count},
        _("Say that they are enrolled, and anything the office should know. It is not a score."),
        reverse("applications:endorsement-list") + "?owed=yes",
        "wait",
        _("Endorse them"),
    )


def _score(advisor: User) -> Duty:
    count = interviews.unscored().filter(reader=advisor).count()
    return Duty(
        "score",
        count,
        ngettext("%(count)s interview to score", "%(count)s interviews to score", count) % {"count": count},
        _("You have met them, and the committee waits for your points. Score while you remember."),
        reverse("applications:interview-list"),
        "wait",
        _("Score them"),
    )


def _meet(advisor: User) -> Duty:
    count = interviews.held_by(advisor, since=timezone.localdate()).filter(interview__isnull=False).count()
    return Duty(
        "meet",
        count,
        ngettext("%(count)s student to meet", "%(count)s students to meet", count) % {"count": count},
        _("Interviews with you that students have booked: whom you meet, and when."),
        reverse("applications:interview-list"),
        "now",
        _("See when"),
    )


def _read(advisor: User) -> Duty:
    count = Assignment.objects.visible_to(advisor).filter(reader=advisor, is_interview=False).unread().count()
    return Duty(
        "read",
        count,
        ngettext("%(count)s candidate to read", "%(count)s candidates to read", count) % {"count": count},
        _("From other colleges, without their names. You can stop after any of them."),
        reverse("applications:review-list") + "?show=unread",
        "now",
        _("Read the next"),
    )
