"""Actions for the name on the plane ticket and its match with the passport. The passport's name isn't stored."""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.base import names
from travel.base.actions import check_shown
from travel.base.names import Finding, FullName, Result, UnreadableName
from travel.models import PassportCase, Placement, TicketName, Trip
from travel.passport.case.replan import locked, open_case
from travel.passport.ticket_names.words import in_words, machine_words, unreadable, worrying
from travel.states import SEEN, PassportStage

How = TicketName.How
MATCHED = ("how", "matched_at")  # what an undo takes back


class NeedsAgreement(RuleViolation):
    """The names nearly match, so a person must read these findings and agree."""

    def __init__(self, findings: tuple[Finding, ...]):
        self.findings = tuple(worrying(findings))
        super().__init__("ask", " ".join(in_words(self.findings)))


@transaction.atomic
def write(placement: Placement, name: FullName, *, by: User) -> TicketName:
    """Store the name as it will be booked. A changed name clears the match; the same name changes nothing.

    RuleViolation("unreadable") for a name that no ticket can hold, ("withdrawn") for a student who no longer goes.
    """
    case = _case(placement)
    name = FullName(" ".join(name.surnames.split()), " ".join(name.given.split()))
    if not machine_words(name)[0]:
        raise RuleViolation("unreadable", unreadable())
    ticket = TicketName.objects.filter(placement=placement).first()
    if ticket and ticket.name == name:
        return ticket
    is_new = ticket is None
    ticket = ticket or TicketName(placement=placement)
    ticket.surnames, ticket.given = name.surnames, name.given
    ticket.written_at, ticket.written_by = timezone.now(), by
    was_matched = ticket.unmatch()
    ticket.save()
    audit.record("ticket.write", placement, by=by, changes={"is_new": is_new, "match_taken_back": was_matched})
    _move(case, PassportStage.CHECKED)
    return ticket


@transaction.atomic
def write_list(trip: Trip, given: Mapping[Placement, FullName], *, by: User) -> int:
    """Store the names of a trip in one transaction, all or none. Returns how many changed."""
    before = {
        ticket.placement_id: ticket.name
        for ticket in TicketName.objects.filter(placement__in=[each.pk for each in given])
    }
    changed = [placement for placement, name in given.items() if before.get(placement.pk) != name]
    for placement in sorted(changed, key=lambda each: each.pk):
        if placement.trip_id != trip.pk:
            raise RuleViolation(
                "other_trip", _("Someone on this list is on another trip now. Please check the list again.")
            )
        write(placement, given[placement], by=by)
    return len(changed)


@transaction.atomic
def compare(
    placement: Placement, passport: FullName, *, shown: FullName, agreed: Collection[str] = (), by: User
) -> TicketName:
    """Compare the passport's name, typed by the person who holds it, with the ticket's. The typed name isn't stored.

    `shown`: the ticket's name as the page showed it. `agreed`: the findings that the person has read and agreed to.
    RuleViolation: ("not_seen") before the passport was seen, ("no_name"), ("ticket_changed"), ("unreadable"),
    ("different") with what to correct; NeedsAgreement where a person decides.
    """
    case, ticket = _ready(placement, shown)
    try:
        found = names.compare(passport, ticket.name)
    except UnreadableName:
        raise RuleViolation("unreadable", unreadable()) from None
    if found.result == Result.DIFFERENT:
        raise RuleViolation("different", _correction(found))
    open_findings = set(worrying(found.findings)) - set(agreed)
    if found.result == Result.ASK and open_findings:
        raise NeedsAgreement(found.findings)
    return _match(case, ticket, How.SAME if found.result == Result.SAME else How.ASKED, by=by)


@transaction.atomic
def confirm_letters(placement: Placement, *, shown: FullName, by: User) -> TicketName:
    """Record that the person who holds the passport compared it letter by letter with the ticket's line on the page.

    RuleViolation: ("not_seen"), ("no_name"), ("ticket_changed"), or ("too_long") where the line isn't the whole name.
    """
    case, ticket = _ready(placement, shown)
    if not machine_words(ticket.name)[1]:
        raise RuleViolation(
            "too_long", _("This name is longer than the line in a passport. Type it as it’s printed in the passport.")
        )
    return _match(case, ticket, How.LETTERS, by=by)


@transaction.atomic
def take_back(placement: Placement, *, by: User, seen: str = "") -> None:
    """Clear a match that was a mistake. Safe to repeat. RuleViolation: changed_meanwhile, if it was compared anew."""
    case = _case(placement)
    ticket = TicketName.objects.filter(placement=placement).first()
    if ticket:
        if ticket.matched_at:
            check_shown(ticket, MATCHED, seen)
        _take_back(case, ticket, by=by)


def _case(placement: Placement) -> PassportCase:
    return locked(open_case(placement.application, by=None))


def _ready(placement: Placement, shown: FullName) -> tuple[PassportCase, TicketName]:
    case = _case(placement)
    if case.stage not in SEEN:
        raise RuleViolation(
            "not_seen", _("First record that you’ve seen the passport and that it’s signed. Nothing was changed.")
        )
    ticket = TicketName.objects.filter(placement=placement).first()
    if ticket is None:
        raise RuleViolation("no_name", _("The office hasn’t entered the name on the ticket yet."))
    if ticket.name != shown:
        raise RuleViolation("ticket_changed", _("The name on the ticket has just changed. Please compare it again."))
    return case, ticket


def _match(case: PassportCase, ticket: TicketName, how: str, *, by: User) -> TicketName:
    if ticket.matched_at:
        return ticket
    ticket.how, ticket.matched_at, ticket.matched_by = how, timezone.now(), by
    ticket.save(update_fields=["how", "matched_at", "matched_by"])
    audit.record("ticket.match", ticket.placement, by=by, changes={"how": str(how)})
    _move(case, PassportStage.NAME_MATCHED)
    return ticket


def _take_back(case: PassportCase, ticket: TicketName, *, by: User) -> None:
    if ticket.unmatch():
        ticket.save(update_fields=["how", "matched_at", "matched_by"])
        audit.record("ticket.take_back", ticket.placement, by=by)
    _move(case, PassportStage.CHECKED)


def _move(case: PassportCase, stage: PassportStage) -> None:
    """Move between the two stages of a passport that staff have seen; any other stage stays."""
    if case.stage in SEEN and case.stage != stage:
        case.move_to(stage)
        case.stage_changed_at = timezone.now()
        case.save(update_fields=["stage", "stage_changed_at"])


def _correction(found: names.Comparison) -> str:
    """What is wrong, and the right spelling in the passport's machine-readable letters, which only this person sees."""
    return _("%(findings)s Don’t buy the ticket. It should say: surnames %(surnames)s, given names %(given)s.") % {
        "findings": " ".join(in_words(worrying(found.findings))),
        "surnames": found.machine.surnames or "—",
        "given": found.machine.given or "—",
    }
