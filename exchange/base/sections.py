"""The sections of the portal: what stands in the header of each role, and the pages that hang below each entry.

One table for the header, for the row below it and for finding a page by its name. Pages are URL names, because this app
doesn't import others.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from exchange.base import roles
from exchange.base.roles import Person


@dataclass(frozen=True, slots=True)
class Page:
    """`also`: other words by which somebody looks for it. `of_cycle`: its address takes the code of a cycle, so it
    isn't in the row below the header."""

    name: str
    label: Promise
    also: Promise | str = ""
    of_cycle: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the header, which leads to the first page. `begins`: beginnings of the URL names of its other
    pages."""

    label: Promise
    pages: tuple[Page, ...]
    begins: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.pages[0].name

    def names(self, view_name: str) -> bool:
        return any(page.name == view_name for page in self.pages)

    def row(self, view_name: str) -> list[Page]:
        """The row below the header, on each of its pages: those below them have a way back instead, and more room."""
        shown = [page for page in self.pages if not page.of_cycle]
        return shown if len(shown) > 1 and self.names(view_name) else []


OFFICE = (
    Section(
        _("Today"),
        (
            Page("travel:pipeline", _("Today")),
            Page("travel:office-task-list", _("Tasks"), _("follow-ups, to do, notes with a date")),
            Page("travel:office-calendar", _("Calendar"), _("dates, deadlines, feed")),
            Page("travel:outcomes", pgettext_lazy("section", "Outcomes"), _("figures, statistics, report, director")),
            Page("travel:cycle-activity", _("Everything that happened"), _("activity, history, log"), of_cycle=True),
        ),
        ("office-task", "office-calendar", "cycle-activity", "outcomes"),
    ),
    Section(
        _("Students"),
        (
            Page("applications:application-list", _("Applications"), _("list, export, spreadsheet")),
            Page("travel:checklist-list", _("Passports and checklists"), _("steps, getting ready, forms, late")),
            Page("travel:reflection-list", _("Reflections"), _("stories, quotes, after the trip")),
            Page("travel:cycle-colleges", _("By college"), _("how many, table")),
            Page("applications:interest-list", _("Interest list"), _("who waits for applications to open, QR codes")),
            Page("travel:data-request-list", _("Data requests"), _("delete, correct, privacy")),
            Page(
                "applications:enrollment-upload",
                _("Import a college’s enrollment list"),
                _("upload, GPA, units"),
                of_cycle=True,
            ),
        ),
        (
            *("application-", "endorsement-", "job-", "checklist-", "step-file", "passport-", "facility-"),
            *("voucher-", "reflection-", "story-", "project-", "alumni", "interest-", "data-request", "enrollment-"),
            *("placement-waiting", "cycle-colleges", "signed-", "session-"),
        ),
    ),
    Section(
        _("Selection"),
        (
            Page("applications:selection-list", _("Ranked list"), _("decide, scores, waitlist")),
            Page("applications:review-list", _("Reading"), _("readers, assign, reviews")),
            Page("applications:interview-list", _("Interviews"), _("times, score")),
            Page("applications:call-list", _("Calls about offers"), _("no answer, phone")),
            Page("applications:appeal-list", _("Appeals"), _("objections, second look")),
            Page("applications:masking-list", _("Covered words"), _("masking, anonymous, names")),
            Page("applications:selection-preview", _("Release the results"), _("send, decisions"), of_cycle=True),
            Page("applications:selection-offers", _("After the release"), _("offers, spots, waitlist"), of_cycle=True),
            Page(
                "applications:selection-reserves", _("Spots reserved for groups"), _("reserves, quota"), of_cycle=True
            ),
            Page("applications:selection-lottery", _("Lottery"), _("draw, tie, seed"), of_cycle=True),
            Page("applications:scores-detail", _("How scores are compared"), _("adjusting, readers"), of_cycle=True),
        ),
        (
            *("selection-", "decision-", "review-", "assignment-", "reader-", "scores-"),
            *("masking-", "offer-", "interview-", "norming-", "call-", "appeal-"),
        ),
    ),
    Section(
        _("Trips"),
        (
            Page("travel:trip-list", _("Trips"), _("groups, departures, leaders, rooms")),
            Page("travel:partner-list", _("Cities and hosts"), _("partners, agreements, insurance")),
            Page("travel:sponsor-list", _("Sponsors"), _("money, contributions")),
            Page("travel:money-office", _("Money"), _("receipts, payments, stipends, reimbursement")),
            Page("travel:session-list", _("Orientation"), _("sessions, attendance")),
            Page("travel:check-in-list", _("Check-ins"), _("safe, emergency, roll call, drill")),
            Page("travel:incident-list", _("Incidents"), _("reports, injury, theft")),
            Page("travel:placement-run-list", _("Placement"), _("match, cities, choices"), of_cycle=True),
        ),
        (
            *("trip-", "placement-", "partner-", "standing-", "host-", "contact-", "agreement-", "clearance"),
            *("sponsor-", "contribution-", "budget", "programme-", "itinerary-", "go-decision", "group-delay"),
            *("money-", "receipt-", "payment-", "rooms-", "session-", "check-in-", "incident-", "roster", "visa-"),
            *("roll-call", "break-glass", "guide-", "city-"),
        ),
    ),
    Section(
        _("Messages"),
        (
            Page("applications:thread-list", _("Questions"), _("answer, students write")),
            Page("travel:group-message-list", _("To groups"), _("group messages, email everyone, text")),
            Page("travel:announcement-list", _("Announcements"), _("notice, banner, front page")),
            Page("message-failed", _("Not delivered"), _("failed, bounced, send again")),
            Page("texts-unknown", _("Unknown numbers"), _("texts, SMS")),
        ),
        ("thread-", "group-message-", "announcement-", "message-", "texts-"),
    ),
    Section(
        pgettext_lazy("section", "Set up"),
        (
            Page("applications:cycle-setup-list", _("Cycles"), _("form, dates, rubric, requirements, copy")),
            Page("people", _("People"), _("accounts, roles, invite, advisors, staff")),
            Page("travel:home-city", _("Your city"), _("name, office, phone, time zone, picture")),
            Page("travel:reference-list", _("Facts, fees and rules"), _("passport fees, weeks, sources, visa")),
        ),
        (
            *("cycle-", "home-city", "college-", "reference-", "committee-rules", "retention"),
            *("people", "person-", "invitation-", "role-", "reset-", "merge-", "status", "form-text"),
        ),
    ),
)
ADVISOR = (
    Section(
        _("Today"),
        (Page("travel:work", _("Today")), Page("applications:call-list", _("Calls about offers"))),
        ("call-",),
    ),
    Section(
        _("My students"),
        (
            Page("applications:endorsement-list", _("My students"), _("endorse, college")),
            Page("applications:started-list", _("Still applying"), _("drafts, invite, QR code, poster")),
            Page("travel:checklist-list", _("Passports and checklists"), _("steps, getting ready")),
        ),
        (
            "endorsement-",
            "started-",
            "interest-",
            "application-",
            "checklist-",
            "passport-",
            "facility-",
            "voucher-",
            "placement-",
        ),
    ),
    Section(
        _("Reading"),
        (
            Page("applications:review-list", _("Reading"), _("reviews, scores, candidates")),
            Page("applications:interview-list", _("Interviews"), _("times, score")),
        ),
        ("review-", "reader-", "masking-", "norming-", "interview-"),
    ),
    Section(_("Questions"), (Page("applications:thread-list", _("Questions")),), ("thread-",)),
    Section(
        _("Help a student"),
        (Page("applications:help-begin", _("Help a student"), _("apply together, code")),),
        ("help-",),
    ),
)
DIRECTOR = (Section(_("Outcomes"), (Page("travel:outcomes", _("Outcomes")),), ("outcomes",)),)
READER = (Section(_("Reading"), (Page("applications:review-list", _("Reading")),), ("review-", "reader-")),)
_PEOPLE = (
    Page("people", _("People"), _("accounts, roles, invite")),
    Page("people-history", _("Sign-ins"), _("log, attempts")),
)
_OF_PEOPLE = ("people", "person-", "invitation-", "role-", "reset-", "merge-", "status")
OWNER = Section(_("Accounts"), (*_PEOPLE, Page("admin:index", _("Raw data"))), _OF_PEOPLE)
SUPERUSER = Section(
    _("Accounts"), (*_PEOPLE, Page("status", _("Status")), Page("admin:index", _("Raw data"))), _OF_PEOPLE
)


def sections_of(user: Person, *, is_guest_reader: bool = False) -> tuple[Section, ...]:
    """What stands in the person's header, in order.

    `is_guest_reader`: as the session knows it (`exchange.web.proofs`), for every page shows these.
    """
    if roles.is_coordinator(user):
        return OFFICE
    owner = ((SUPERUSER if user.is_superuser else OWNER),) if roles.is_owner(user) else ()
    if roles.is_advisor(user):
        return (*ADVISOR, *owner)
    if roles.is_director(user):
        return (*DIRECTOR, *owner)
    return READER if is_guest_reader else owner


def here(sections: tuple[Section, ...], view_name: str, url_name: str) -> Section | None:
    """The section of a page: the one that names it, else the first that it begins like."""
    named = (each for each in sections if each.names(view_name))
    below = (each for each in sections if url_name.startswith(each.begins))
    return next(named, None) or next(below, None)
