"""Lotteries for ties, from the announcement to the published order. A lottery decides on no application.

The steps have one order: the list's hash is public, with the name and day of a public draw, before that draw takes
place. So nobody who can still choose the list or the draw knows its result.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.base import lottery as rule
from applications.models import Application, Assignment, Cycle, Decision, Lottery
from applications.models.application import ApplicationQuerySet
from applications.selection import zones
from applications.selection.scores_file import with_the_student
from applications.selection.zones import Zone
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.figures import releases
from exchange.figures.counts import Figure, Key, Range, Why
from exchange.models import FigureRelease, User
from exchange.templatetags.ui import day_year


@transaction.atomic
def announce(
    cycle: Cycle,
    *,
    seats: int,
    reason: str,
    by: User,
    low: Decimal | None = None,
    high: Decimal | None = None,
) -> Lottery:
    """Freeze the zone's current entries and its rule. Announcing again changes the zone, until the hash is public.

    `low`, `high`: an inclusive range of means. Without them: the applications too close to call. The same again
    changes nothing.
    RuleViolation: zone_upside_down, no_line, own_reading_open, own_application, nobody, nothing_to_draw, reading_open,
    drawn_before, already_committed.
    """
    _lock(cycle)
    lottery = Lottery.objects.open().filter(cycle=cycle).first()
    if lottery and lottery.committed_at:
        raise RuleViolation("already_committed", _("The fingerprint is public, so this tie can no longer be changed."))
    _check_blind(cycle, by)
    zone = _zone(cycle, low, high, seats)
    entries = _entries(cycle, zone, seats, by)
    said = {"kind": zone.kind, "score_from": low, "score_to": high, "seats": seats, "reason": reason}
    said |= {"zone": zone.text, "entries": entries}
    if lottery and all(getattr(lottery, field) == value for field, value in said.items()):
        return lottery
    lottery = lottery or Lottery(cycle=cycle)
    for field, value in said.items():
        setattr(lottery, field, value)
    lottery.entries_hash = rule.sha256(lottery.draw.text)
    lottery.announced_at, lottery.announced_by = timezone.now(), by
    lottery.save()
    changes = {"zone": zone.text, "entries_hash": lottery.entries_hash}
    audit.record("lottery.announce", lottery, by=by, reason=reason, changes=changes)
    return lottery


def _zone(cycle: Cycle, low: Decimal | None, high: Decimal | None, seats: int) -> Zone:
    if low is not None and high is not None:
        if low > high:
            raise RuleViolation("zone_upside_down", _("The lowest score is higher than the highest score."))
        return zones.by_mean(cycle, low, high, seats)
    zone = zones.too_close(cycle, seats)
    if zone is None:
        raise RuleViolation(
            "no_line",
            _(
                "There’s no cutoff. Enter how many spots the cycle has. If there’s a spot for everyone, there’s"
                " no cutoff."
            ),
        )
    return zone


def _lock(cycle: Cycle) -> None:
    """Lock the cycle, as decisions and releases do, so that two acts on it wait for each other."""
    Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)


def own_open(cycle: Cycle, user: User) -> QuerySet[Assignment]:
    """Readings whose scores this person can still set or change, so that the others' are hidden from them."""
    mine = Assignment.objects.still_scored_by(user)
    return mine.filter(application__cycle=cycle, application__status=Status.SUBMITTED)


def labels_of(readings: QuerySet[Assignment]) -> str:
    return ", ".join(sorted(each.candidate_label for each in readings.select_related("application")))


def _check_blind(cycle: Cycle, by: User) -> None:
    """Check first that this person has no open readings: by trying one zone after the other, they could find a hidden
    mean."""
    readings = own_open(cycle, by)
    if readings:
        raise RuleViolation(
            "own_reading_open",
            _("Lock your own readings in this cycle first (%(labels)s), or let someone else run the lottery.")
            % {"labels": labels_of(readings)},
        )
    _check_own(cycle.applications.submitted(), by)


def _entries(cycle: Cycle, zone: Zone, seats: int, by: User) -> str:
    """The codes of the zone's entries, as stored and published."""
    codes = list(zone.inside.values_list("code", flat=True))
    if not codes:
        raise RuleViolation("nobody", _("No undecided candidate has a score in this tie."))
    if len(codes) <= seats:
        raise RuleViolation(
            "nothing_to_draw",
            ngettext(
                "There’s %(count)s application in this tie, and there’s a spot for it, so there’s nothing to draw.",
                "There are %(count)s applications in this tie, and there’s a spot for each, so there’s nothing to"
                " draw.",
                len(codes),
            )
            % {"count": len(codes)},
        )
    reading = zone.open_readings.aggregate(count=Count("application", distinct=True))["count"]
    if reading:
        raise RuleViolation(
            "reading_open",
            ngettext(
                "%(count)s application is still being read. Its score can change who’s in this tie.",
                "%(count)s applications are still being read. Their scores can change who’s in this tie.",
                reading,
            )
            % {"count": reading},
        )
    _check_never_drawn(cycle, codes)
    return rule.entries_text(codes)


def _check_own(applications: QuerySet[Application], by: User) -> None:
    if applications.filter(student=by).exists():
        raise RuleViolation(
            "own_application", _("Your own application is in this lottery. Someone else has to run it.")
        )


def _check_never_drawn(cycle: Cycle, codes: list[str]) -> None:
    """RuleViolation if an entry was drawn before: otherwise a draw could be repeated until the result pleases."""
    before = {code for each in Lottery.objects.drawn().filter(cycle=cycle) for code in each.entries.split()}
    again = sorted(before.intersection(codes))
    if again:
        raise RuleViolation(
            "drawn_before",
            _("%(code)s was in a lottery that’s already been drawn. No one can be drawn twice.") % {"code": again[0]},
        )


def _locked(lottery: Lottery, by: User) -> Lottery:
    """The current row, locked until the end of the transaction. RuleViolation: called_off, own_application."""
    _lock(lottery.cycle)
    lottery = Lottery.objects.select_for_update(of=("self",)).get(pk=lottery.pk)
    if lottery.called_off_at:
        raise RuleViolation("called_off", _("This lottery was canceled."))
    _check_own(entries_of(lottery), by)
    return lottery


def entries_of(lottery: Lottery) -> ApplicationQuerySet:
    return Application.objects.filter(cycle=lottery.cycle_id, code__in=lottery.entries.split())


@transaction.atomic
def commit(lottery: Lottery, *, public_draw: str, on: date, by: User) -> Lottery:
    """Publish the hash of the list together with the public draw that will decide. A second call changes nothing.

    public_draw: its name, with what is drawn there; on: its day, which is still to come.
    RuleViolation: draw_not_ahead, zone_moved (a score or a status changed since the announcement), and those of
    `announce`.
    """
    lottery = _locked(lottery, by)
    if lottery.committed_at:
        return lottery
    _check_blind(lottery.cycle, by)
    if on <= timezone.localdate():
        raise RuleViolation(
            "draw_not_ahead", _("Name a draw that takes place tomorrow or later, so that no one can know its result.")
        )
    zone = _zone(lottery.cycle, lottery.score_from, lottery.score_to, lottery.seats)
    entries = _entries(lottery.cycle, zone, lottery.seats, by)
    if (entries, zone.text) != (lottery.entries, lottery.zone):
        raise RuleViolation(
            "zone_moved", _("The applications in the tie have changed since it was announced. Announce it again.")
        )
    lottery.public_draw, lottery.public_draw_on = " ".join(public_draw.split()), on
    lottery.entries_hash = rule.sha256(lottery.draw.text)
    lottery.committed_at, lottery.committed_by = timezone.now(), by
    lottery.save()
    changes = {"entries_hash": lottery.entries_hash, "public_draw": lottery.public_draw, "on": on.isoformat()}
    audit.record("lottery.commit", lottery, by=by, changes=changes)
    _release(lottery, by)
    return lottery


def _release(lottery: Lottery, by: User) -> None:
    """How many are in it is on its page from now on: a published figure (docs/adr/0027)."""
    number = len(lottery.entries.split())
    figures = {Key(lottery.cycle.code, "in_lottery", "lottery", lottery.code): Figure(Range(number, number), Why.KNOWN)}
    kind, used = FigureRelease.Kind.LOTTERY, releases.rules()
    releases.publish(figures, kind=kind, by=by, as_of=lottery.committed_at or timezone.now(), used=used)


@transaction.atomic
def draw(lottery: Lottery, *, result: str, by: User) -> Lottery:
    """Record the result of the public draw, and with it the order. A second call changes nothing, whatever its result.

    RuleViolation: not_committed, too_early, bad_result, entries_changed.
    """
    lottery = _locked(lottery, by)
    if lottery.drawn_at:
        return lottery
    if lottery.public_draw_on is None:
        raise RuleViolation("not_committed", _("The fingerprint has to be public before the draw."))
    if not lottery.has_reached_draw_day:
        raise RuleViolation("too_early", _("The public draw hasn’t taken place yet."))
    _put_in_order(lottery, result)
    lottery.drawn_at, lottery.drawn_by = timezone.now(), by
    lottery.save()
    audit.record("lottery.draw", lottery, by=by, changes={"typed": result, "result": lottery.result})
    return lottery


def _put_in_order(lottery: Lottery, typed: str) -> None:
    result = rule.numbers_of(typed)
    if not result:
        raise RuleViolation("bad_result", _("Enter all numbers of the public draw, at least four digits."))
    if rule.sha256(lottery.draw.text) != lottery.entries_hash:
        raise RuleViolation(
            "entries_changed",
            _("The list no longer matches its fingerprint. Ask the technical owner to run manage.py verify."),
        )
    lottery.result = result
    lottery.order = "".join(f"{code}\n" for code in rule.order_of(lottery.entries.split(), result))


@transaction.atomic
def correct(lottery: Lottery, *, result: str, reason: str, by: User) -> Lottery:
    """Replace a result that was typed wrong, and the order with it. What was typed before stays public.

    The same result changes nothing. RuleViolation: not_drawn, told, and those of `draw`.
    """
    lottery = _locked(lottery, by)
    if not lottery.drawn_at:
        raise RuleViolation("not_drawn", _("There’s no result to correct."))
    if is_told(lottery):
        raise RuleViolation(
            "told", _("Candidates already have results from this order, so it stays on the record as it is.")
        )
    former = lottery.result
    _put_in_order(lottery, result)
    if lottery.result == former:
        return lottery
    lottery.former_results += f"{former}\n"
    lottery.save()
    changes = {"typed": result, "result": [former, lottery.result]}
    audit.record("lottery.correct", lottery, by=by, reason=reason, changes=changes)
    return lottery


def is_told(lottery: Lottery) -> bool:
    """Whether an entry has been told a result."""
    return Decision.objects.filter(application__in=entries_of(lottery), released_at__isnull=False).exists()


@transaction.atomic
def publish(lottery: Lottery, *, by: User) -> Lottery:
    """Publish the list, once each entry has been told their result: a code in it would reveal it.

    RuleViolation: not_drawn, not_told_yet, with_the_student.
    """
    lottery = _locked(lottery, by)
    if lottery.published_at:
        return lottery
    if not lottery.drawn_at:
        raise RuleViolation("not_drawn", _("There’s no order to publish yet."))
    waiting = untold(lottery)
    if waiting:
        raise RuleViolation(
            "not_told_yet",
            ngettext(
                "%(count)s candidate in this lottery doesn’t have a result yet. Release the results first.",
                "%(count)s candidates in this lottery don’t have a result yet. Release the results first.",
                waiting,
            )
            % {"count": waiting},
        )
    if back := back_with_students(lottery):
        raise RuleViolation("with_the_student", with_the_student(back))
    lottery.published_at, lottery.published_by = timezone.now(), by
    lottery.save()
    audit.record("lottery.publish", lottery, by=by)
    return lottery


def untold(lottery: Lottery) -> int:
    """How many entries have not been told a result, among those that a release can tell."""
    return entries_of(lottery).submitted().count()


def back_with_students(lottery: Lottery) -> int:
    return entries_of(lottery).filter(status=Status.RETURNED).count()


@transaction.atomic
def call_off(lottery: Lottery, *, reason: str, by: User) -> Lottery:
    """End a lottery before the day of the public draw. It stays on record with the reason.

    From that day on somebody may know the result and not like it. RuleViolation: already_drawn, draw_day.
    """
    _lock(lottery.cycle)
    lottery = Lottery.objects.select_for_update(of=("self",)).get(pk=lottery.pk)
    if lottery.called_off_at:
        return lottery
    if lottery.drawn_at:
        raise RuleViolation("already_drawn", _("A lottery that’s been drawn can’t be changed."))
    if lottery.has_reached_draw_day:
        raise RuleViolation("draw_day", _("The public draw may have taken place, so the lottery can’t be canceled."))
    lottery.called_off_reason = reason
    lottery.called_off_at, lottery.called_off_by = timezone.now(), by
    lottery.save()
    audit.record("lottery.call_off", lottery, by=by, reason=reason)
    return lottery


# --- For the committee's list -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where one application stands in the order of a draw."""

    number: int
    entries: int
    lottery: Lottery

    @property
    def reason(self) -> str:
        """The first sentence for a decision's reason; the person who decides completes it."""
        return _("Lottery on %(day)s, position %(place)s of %(entries)s.") % {
            "day": day_year(self.lottery.drawn_at),
            "place": self.number,
            "entries": self.entries,
        }


def places_of(cycle: Cycle) -> dict[str, Place]:
    """Places in draws by the application's code. One query."""
    places: dict[str, Place] = {}
    for each in Lottery.objects.drawn().filter(cycle=cycle):
        codes = each.order.split()
        places |= {code: Place(number, len(codes), each) for number, code in enumerate(codes, start=1)}
    return places
