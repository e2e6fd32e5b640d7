"""What the office and an advisor owe: each kind of work said once, in order of urgency. No queries.

Whose pages show a kind is at its count: `office_work` for the office, `work` for an advisor.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from applications.models import Cycle


@dataclass(frozen=True, slots=True)
class Kind:
    """`title`: of a number of them, with %(count)s in it. `act`: the label of its button, verb first."""

    key: str
    tone: str
    title: Promise
    text: Promise
    href: Callable[[Any], str]  # of the cycle; of an advisor's work there is none
    act: Promise | str = ""

    def of(self, count: int, cycle: Cycle | None = None, *, due: str = "") -> "Duty":
        """`due`: its day in words, which comes first, because it tells what comes first today."""
        title: Any = self.title
        text = f"{due} {self.text}" if due else str(self.text)
        return Duty(self.key, count, title % {"count": count}, text, self.href(cycle), self.tone, str(self.act))


@dataclass(frozen=True, slots=True)
class Duty:
    """One kind of work: how many rows wait, what to do with them, and where."""

    key: str
    count: int
    title: str
    text: str
    href: str
    tone: str
    act: str = ""


def _of(view: str) -> Callable[[Cycle], str]:
    return lambda cycle: reverse(view, args=[cycle.code])


def _with(view: str, **query: str) -> Callable[[Cycle], str]:
    return lambda cycle: reverse(view) + "?" + urlencode({"cycle": cycle.code, **query})


def _plain(view: str, query: str = "") -> Callable[[Any], str]:
    return lambda _cycle: reverse(view) + query


# In order of urgency: somebody waits and time runs out, then somebody waits, then work that can be done.
OFFICE = (
    Kind(
        "check_ins",
        "stop",
        ngettext_lazy(
            "%(count)s person in a check-in isn’t accounted for",
            "%(count)s people in a check-in aren’t accounted for",
            "count",
        ),
        _("See who needs help and who hasn’t answered, and say whom you’re calling."),
        _plain("travel:check-in-list"),
        _("See who’s missing"),
    ),
    Kind(
        "roll_calls",
        "stop",
        ngettext_lazy(
            "%(count)s roll call in which someone is missing",
            "%(count)s roll calls in which someone is missing",
            "count",
        ),
        _("See who it is and what the leaders tapped. Call them, or start a check-in."),
        _plain("travel:check-in-list"),
        _("See who’s missing"),
    ),
    Kind(
        "failed",
        "stop",
        ngettext_lazy("%(count)s message couldn’t be sent", "%(count)s messages couldn’t be sent", "count"),
        _("Someone didn’t get their message. See why, and send it again."),
        _plain("message-failed"),
        _("Send it again"),
    ),
    Kind(
        "refused",
        "stop",
        ngettext_lazy(
            "%(count)s scheduled release didn’t go out", "%(count)s scheduled releases didn’t go out", "count"
        ),
        _("No one was told anything. See why, then set it again or release it by hand."),
        _plain("travel:office-task-list"),
        _("See why"),
    ),
    Kind(
        "no_entry",
        "stop",
        ngettext_lazy(
            "%(count)s city of this cycle has no entry rules",
            "%(count)s cities of this cycle have no entry rules",
            "count",
        ),
        _("Add what a U.S. passport needs there. Until then, no passport date counts it."),
        lambda _cycle: reverse("travel:reference-add", args=["entry"]),
        _("Add them"),
    ),
    Kind(
        "lapsed",
        "stop",
        ngettext_lazy("%(count)s offer is past its deadline", "%(count)s offers are past their deadlines", "count"),
        _("Give more time, or let it lapse to free the spot."),
        _of("applications:selection-offers"),
    ),
    Kind(
        "calls",
        "stop",
        ngettext_lazy(
            "%(count)s student to call about an offer (no advisor)",
            "%(count)s students to call about an offer (no advisor)",
            "count",
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
        ngettext_lazy(
            "%(count)s student is asking for more time", "%(count)s students are asking for more time", "count"
        ),
        _("Reopen the application, or say no and give a reason."),
        _with("applications:application-list", owed="more_time"),
    ),
    Kind(
        "no_time",
        "stop",
        ngettext_lazy(
            "%(count)s student is invited to an interview and has no time to book",
            "%(count)s students are invited to interviews and have no times to book",
            "count",
        ),
        _("The page names them and says why. Add a time, or change who interviews."),
        _of("applications:selection-interviews"),
    ),
    Kind(
        "not_held",
        "stop",
        ngettext_lazy(
            "%(count)s booked interview needs another interviewer",
            "%(count)s booked interviews need another interviewer",
            "count",
        ),
        _("The interviewer has left, or must not meet the student. Choose someone else for that time."),
        _of("applications:selection-interviews"),
    ),
    Kind(
        "tasks_late",
        "stop",
        ngettext_lazy("%(count)s task is past its date", "%(count)s tasks are past their dates", "count"),
        _("Do it, or hand it to someone who can."),
        _plain("travel:office-task-list"),
    ),
    Kind(
        "data_requests",
        "wait",
        ngettext_lazy(
            "%(count)s request about a student’s own data", "%(count)s requests about students’ own data", "count"
        ),
        _("Correct or delete it, or say why not. Each request has a deadline for our answer."),
        _plain("travel:data-request-list"),
    ),
    Kind(
        "files",
        "wait",
        ngettext_lazy(
            "%(count)s application came in with a file we couldn’t accept",
            "%(count)s applications came in with a file we couldn’t accept",
            "count",
        ),
        _("Return that part so the student can send another file."),
        _with("applications:application-list", owed="file"),
    ),
    Kind(
        "returned",
        "wait",
        ngettext_lazy(
            "%(count)s returned application still isn’t fixed",
            "%(count)s returned applications still aren’t fixed",
            "count",
        ),
        _("Call the student, or continue with the application as it was submitted. Until then, no one can read it."),
        _with("applications:application-list", owed="returned"),
    ),
    Kind(
        "tasks",
        "wait",
        ngettext_lazy("%(count)s task to do", "%(count)s tasks to do", "count"),
        _("Tickets, visas, hosts and other things that someone has to take care of, each with a date."),
        _plain("travel:office-task-list"),
    ),
    Kind(
        "steps",
        "wait",
        ngettext_lazy("%(count)s step to do for a student", "%(count)s steps to do for students", "count"),
        _("It’s on the student’s checklist, and they see when you’ve done it."),
        _plain("travel:checklist-steps", "?due=1"),
        _("See your steps"),
    ),
    Kind(
        "questions",
        "wait",
        ngettext_lazy("%(count)s question to answer", "%(count)s questions to answer", "count"),
        _("Oldest first. Your answer reaches the student’s phone right away."),
        _plain("applications:thread-list", "?to=me"),
        _("Answer them"),
    ),
    Kind(
        "unknown_texts",
        "wait",
        ngettext_lazy(
            "%(count)s text from a number we don’t know", "%(count)s texts from numbers we don’t know", "count"
        ),
        _("Read it, find out who wrote, and call or write back."),
        _plain("texts-unknown"),
    ),
    Kind(
        "slips",
        "wait",
        ngettext_lazy(
            "%(count)s report of words that identify a student",
            "%(count)s reports of words that identify a student",
            "count",
        ),
        _("They’re already covered. Keep them covered, or show them again."),
        _plain("applications:masking-list"),
    ),
    Kind(
        "drafted",
        "wait",
        ngettext_lazy(
            "%(count)s reading is assigned but not released",
            "%(count)s readings are assigned but not released",
            "count",
        ),
        _("It’s a draft until you release it to the readers."),
        _of("applications:assignment-draft"),
    ),
    Kind(
        "lacking",
        "wait",
        ngettext_lazy("%(count)s application needs more readers", "%(count)s applications need more readers", "count"),
        _("Assign readers. You’ll get a draft that only the office sees."),
        _with("applications:review-list"),
    ),
    Kind(
        "own_scores",
        "wait",
        ngettext_lazy("%(count)s interview for you to score", "%(count)s interviews for you to score", "count"),
        _("You’ve met, and the committee needs your score. Score it while you remember."),
        _plain("applications:interview-list"),
        _("Score them"),
    ),
    Kind(
        "unscored",
        "wait",
        ngettext_lazy("%(count)s interview isn’t scored yet", "%(count)s interviews aren’t scored yet", "count"),
        _("It took place before today. See whose score is missing and call them. A tie can’t be drawn until it’s in."),
        _of("applications:selection-interviews"),
    ),
    Kind(
        "late_readers",
        "wait",
        ngettext_lazy("%(count)s reader has stopped reading", "%(count)s readers have stopped reading", "count"),
        _(
            "They have readings left and haven’t locked one in days. Call them, or move their applications to"
            " someone else."
        ),
        _with("applications:review-list"),
    ),
    Kind(
        "free",
        "wait",
        ngettext_lazy(
            "%(count)s open spot, and students on the waitlist",
            "%(count)s open spots, and students on the waitlist",
            "count",
        ),
        _("See who’s next, and make the offer."),
        _of("applications:selection-offers"),
    ),
    Kind(
        "decide",
        "now",
        ngettext_lazy("%(count)s application to decide on", "%(count)s applications to decide on", "count"),
        _("They have enough readings. No one hears anything until you release the results."),
        _with("applications:selection-list", decided="no", read="all"),
    ),
    Kind(
        "tell",
        "now",
        ngettext_lazy("%(count)s result not released yet", "%(count)s results not released yet", "count"),
        _("Check who gets which result, then release them."),
        _of("applications:selection-preview"),
    ),
    Kind(
        "place",
        "now",
        ngettext_lazy("%(count)s student to place", "%(count)s students to place", "count"),
        _("They’ve confirmed but don’t have a city yet."),
        _with("travel:placement-waiting"),
    ),
    Kind(
        "upgrades",
        "now",
        ngettext_lazy(
            "%(count)s student asked for a higher choice that has a free spot",
            "%(count)s students asked for a higher choice that has a free spot",
            "count",
        ),
        _("A new placement run shows who would move where."),
        _of("travel:placement-run-list"),
    ),
    Kind(
        "programmes",
        "now",
        ngettext_lazy("%(count)s host sent a day-by-day plan", "%(count)s hosts sent a day-by-day plan", "count"),
        _("Review the host’s plan and save it, so students can see it."),
        _with("travel:trip-list", look="plan"),
    ),
    Kind(
        "results",
        "now",
        ngettext_lazy(
            "%(count)s student went to a passport day. How did it go?",
            "%(count)s students went to a passport day. How did it go?",
            "count",
        ),
        _("Record who applied and whose application wasn’t accepted. Their dates depend on it."),
        _plain("travel:passport-day-list"),
        _("Record the results"),
    ),
    Kind(
        "counters",
        "now",
        ngettext_lazy(
            "%(count)s acceptance facility to call about wait times",
            "%(count)s acceptance facilities to call about wait times",
            "count",
        ),
        _("Call and write down how long the wait is now."),
        _plain("travel:facility-list", "?show=call"),
        _("See which ones"),
    ),
    Kind(
        "arrivals",
        "now",
        ngettext_lazy("%(count)s trip needs its arrival date", "%(count)s trips need their arrival dates", "count"),
        _("Countries count passport validity from that day. Until you enter it, we assume a late one."),
        _with("travel:trip-list", look="arrival"),
    ),
    Kind(
        "agreements",
        "now",
        ngettext_lazy("%(count)s agreement ends soon", "%(count)s agreements end soon", "count"),
        _("Renew it, or record that it ended."),
        _plain("travel:partner-list"),
    ),
    Kind(
        "references",
        "now",
        ngettext_lazy("%(count)s fact to look at", "%(count)s facts to look at", "count"),
        _("It’s past its date, or no one has confirmed it. Until then, students are sent to the official page."),
        _plain("travel:reference-list", "?state=look"),
    ),
)

_SHARED = {kind.key: kind for kind in OFFICE}
ADVISOR = (
    _SHARED["check_ins"],
    _SHARED["roll_calls"],
    Kind(
        "call",
        "stop",
        ngettext_lazy("%(count)s student to call about an offer", "%(count)s students to call about an offer", "count"),
        _("They haven’t answered yet. The phone number and what to say are on the page."),
        _plain("applications:call-list"),
        _("See who to call"),
    ),
    Kind(
        "silent",
        "stop",
        ngettext_lazy(
            "%(count)s student to call: no answer to the offer yet",
            "%(count)s students to call: no answer to their offers yet",
            "count",
        ),
        _("They’ve had the offer for some days. After the deadline, the spot can go to the next student."),
        _plain("applications:application-list", "?owed=silent"),
        _("See who hasn’t answered"),
    ),
    Kind(
        "late",
        "stop",
        ngettext_lazy(
            "%(count)s student is behind on getting ready for the trip",
            "%(count)s students are behind on getting ready for the trip",
            "count",
        ),
        _("See which date they missed, and help with the next one."),
        _plain("travel:checklist-list", "?late=1"),
        _("See who’s behind"),
    ),
    _SHARED["steps"],
    _SHARED["results"],
    Kind(
        "talks",
        "stop",
        ngettext_lazy(
            "%(count)s student would like to talk with you",
            "%(count)s students would like to talk with you",
            "count",
        ),
        _("It’s private, and about what they can travel on. Reach out today: some documents take months."),
        _plain("travel:passport-open-lists", "?show=talks"),
        _("See who is waiting"),
    ),
    Kind(
        "no_city",
        "stop",
        ngettext_lazy(
            "%(count)s student has no city that works yet",
            "%(count)s students have no city that works yet",
            "count",
        ),
        _("They can’t go to any city on their list. Talk with them. The office sees only how many there are."),
        _plain("travel:passport-open-lists", "?show=nowhere"),
        _("See who they are"),
    ),
    Kind(
        "open_lists",
        "wait",
        ngettext_lazy(
            "%(count)s student is waiting for you to mark their cities",
            "%(count)s students are waiting for you to mark their cities",
            "count",
        ),
        _(
            "They can’t be placed until you mark where they can go. If that’s everywhere, you can mark several"
            " students at once."
        ),
        _plain("travel:passport-open-lists"),
        _("Mark the cities"),
    ),
    _SHARED["questions"],
    _SHARED["own_scores"],
    Kind(
        "endorse",
        "wait",
        ngettext_lazy("%(count)s student to endorse", "%(count)s students to endorse", "count"),
        _(
            "Confirm that they’re enrolled and in good standing, and add anything the office should know."
            " You’re not scoring them."
        ),
        _plain("applications:endorsement-list", "?owed=yes"),
        _("Endorse them"),
    ),
    Kind(
        "meet",
        "now",
        ngettext_lazy("%(count)s student to interview", "%(count)s students to interview", "count"),
        _("Students booked these interviews with you. See who’s coming, and when."),
        _plain("applications:interview-list"),
        _("See when"),
    ),
    Kind(
        "read",
        "now",
        ngettext_lazy("%(count)s application to read", "%(count)s applications to read", "count"),
        _("They’re from other colleges, with names hidden. You don’t have to read them all at once."),
        _plain("applications:review-list", "?show=unread"),
        _("Read the next one"),
    ),
    _SHARED["counters"],
)


def owed(kinds: Iterable[Kind], counts: Mapping[str, int], cycle: Cycle | None) -> list[Duty]:
    """Kinds with something to do, the most urgent first. Without a cycle: those that are addressed to a person."""
    return [kind.of(count, cycle) for kind in kinds if (count := counts[kind.key])]
