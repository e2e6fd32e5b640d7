"""Which reminders about an application are due at an instant. Pure: plain values in, kinds and occasions out.

Days are counted on the local calendar, so that a reminder is due on a day and not at an hour: a deadline at 11:59 pm
is "in three days" from the morning on. An occasion distinguishes two reminders of one kind; the sender stores the
occasions that were sent, so that none is sent twice. A deadline that moves gives new occasions.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum


class Kind(StrEnum):
    """In order of urgency."""

    OFFER = "offer"
    CLOSING = "closing"
    FIX = "fix"
    CONSENT = "consent"
    REFEREE = "referee"
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class ReminderRules:
    untouched_days: int
    closing_days: tuple[int, ...]
    referee_days: int
    fix_days: int
    times_max: int
    offer_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides about reminders to one student. `status` as in `applications.states`; datetimes are aware."""

    status: str
    begun_at: datetime
    saved_at: datetime
    closes_at: datetime
    returned_at: datetime | None = None
    # since when the referee hasn't answered, or since the referee declined and no other was named
    referee_open_since: datetime | None = None
    # an unanswered offer
    offered_at: datetime | None = None
    answer_by: datetime | None = None
    # of a submitted application: the words and the college that the student hasn't signed for; "" if there are none
    unsigned: str = ""
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    kind: Kind
    occasion: str


def due(situation: Situation, now: datetime, rules: ReminderRules, zone: tzinfo) -> list[Due]:
    """All reminders that are due now, the most urgent first; at most one of each kind."""
    today = now.astimezone(zone).date()
    found = (
        _offer(situation, now, today, rules, zone),
        _closing(situation, now, today, rules, zone),
        _since(Kind.FIX, _fix_since(situation), today, rules.fix_days, rules, zone),
        _consent(situation, today, zone),
        _since(Kind.REFEREE, _referee_since(situation), today, rules.referee_days, rules, zone),
        _since(Kind.UNTOUCHED, _untouched_since(situation, now), today, rules.untouched_days, rules, zone),
    )
    return [each for each in found if each]


def coming(
    kind: Kind, situation: Situation, now: datetime, rules: ReminderRules, zone: tzinfo, sent: Collection[str]
) -> dict[str, date]:
    """Occasion -> the first local day, from today on, on which this reminder is due if nothing changes until then.

    Without those that were sent. `due` decides, day by day, so what is foretold is what is sent.
    """
    found: dict[str, date] = {}
    today = now.astimezone(zone).date()
    turning = _turning_days(kind, situation, rules, zone)
    for day in sorted({today, *(ahead for ahead in turning if ahead > today)}):
        moment = now if day == today else datetime.combine(day, time.min, zone)
        for each in due(situation, moment, rules, zone):
            if each.kind == kind and each.occasion not in sent:
                found.setdefault(each.occasion, day)
    return found


def _turning_days(kind: Kind, situation: Situation, rules: ReminderRules, zone: tzinfo) -> list[date]:
    """The days on which another reminder of this kind becomes due."""
    if kind is Kind.CLOSING:
        last = last_day(situation.closes_at, zone)
        return [last - timedelta(days=days) for days in rules.closing_days]
    if kind is Kind.OFFER:
        if situation.answer_by is None:
            return []
        last = last_day(situation.answer_by, zone)
        return [last - timedelta(days=days) for days in rules.offer_days]
    counted: dict[Kind, tuple[datetime | None, int]] = {
        Kind.FIX: (_fix_since(situation), rules.fix_days),
        Kind.REFEREE: (_referee_since(situation), rules.referee_days),
        Kind.UNTOUCHED: (situation.saved_at, rules.untouched_days),
    }
    since, days = counted.get(kind, (None, 0))
    began = since.astimezone(zone).date() if since else None
    return [began + timedelta(days=days * number) for number in range(1, rules.times_max + 1)] if began else []


def last_day(closes_at: datetime, zone: tzinfo) -> date:
    """The last local day before the deadline; a deadline at midnight belongs to the day before."""
    return (closes_at - timedelta(microseconds=1)).astimezone(zone).date()


def _closing(situation: Situation, now: datetime, today: date, rules: ReminderRules, zone: tzinfo) -> Due | None:
    """The smallest threshold of days that is reached, unless the draft was started after that threshold."""
    if situation.status != "draft" or now >= situation.closes_at:
        return None
    last = last_day(situation.closes_at, zone)
    reached = [days for days in rules.closing_days if (last - today).days <= days]
    if not reached:
        return None
    days = min(reached)
    if situation.begun_at.astimezone(zone).date() >= last - timedelta(days=days):
        return None
    return Due(Kind.CLOSING, f"{last}/{days}")


def _offer(situation: Situation, now: datetime, today: date, rules: ReminderRules, zone: tzinfo) -> Due | None:
    """As `_closing`, with the last day to answer an offer, unless the offer was made after the threshold."""
    answer_by, offered_at = situation.answer_by, situation.offered_at
    if situation.status != "selected" or answer_by is None or offered_at is None or now >= answer_by:
        return None
    last = last_day(answer_by, zone)
    reached = [days for days in rules.offer_days if (last - today).days <= days]
    if not reached or offered_at.astimezone(zone).date() >= last - timedelta(days=min(reached)):
        return None
    return Due(Kind.OFFER, f"{last}/{min(reached)}")


def _consent(situation: Situation, today: date, zone: tzinfo) -> Due | None:
    """Once for these words and this college, from the day after submission: the receipt has asked already."""
    submitted_at = situation.submitted_at
    if situation.status != "submitted" or not situation.unsigned or submitted_at is None:
        return None
    return Due(Kind.CONSENT, situation.unsigned) if submitted_at.astimezone(zone).date() < today else None


def _fix_since(situation: Situation) -> datetime | None:
    return situation.returned_at if situation.status == "returned" else None


def _referee_since(situation: Situation) -> datetime | None:
    return situation.referee_open_since if situation.status in ("submitted", "returned") else None


def _untouched_since(situation: Situation, now: datetime) -> datetime | None:
    is_open = situation.status == "draft" and now < situation.closes_at
    return situation.saved_at if is_open else None


def _since(
    kind: Kind, since: datetime | None, today: date, days: int, rules: ReminderRules, zone: tzinfo
) -> Due | None:
    """Due every `days` days since `since`, up to `rules.times_max` times; of those missed, only the latest is due."""
    if since is None:
        return None
    began = since.astimezone(zone).date()
    times = min((today - began).days // days, rules.times_max)
    return Due(kind, f"{began}/{times}") if times > 0 else None
