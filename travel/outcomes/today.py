"""What the mayor's office can say aloud today: the sentence that matters most, and others. Each is true alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone, translation
from django.utils.text import get_text_list
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from applications.models import Cycle
from exchange.figures.counts import Range
from exchange.models import Language
from exchange.templatetags.ui import short_day
from travel.outcomes.alarms import Alarm, alarms
from travel.outcomes.now import Applying, Danger, Money, Now
from travel.outcomes.now_page import against, applied, least, of_group, spending, whole
from travel.outcomes.published import Report
from travel.outcomes.trips import Abroad, TripSeen, abroad

MOST_GROUPS = 2


@dataclass(frozen=True, slots=True)
class Today:
    """`first`: "" if there is nothing to say."""

    first: str
    rest: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(self.rest)


@dataclass(frozen=True, slots=True)
class Top:
    """The top of the director's page. `other`: the same in the other language, whose code is `language`."""

    said: Today
    other: Today
    language: str
    alarms: Sequence[Alarm]
    at: datetime


def top(report: Report, now: Now | None, cycles: Mapping[str, Cycle]) -> Top:
    """Asks only for what isn't known: of alarms, if one is open."""
    open_alarms = alarms(report.trips)
    language = Language.ENGLISH if get_language() == Language.SPANISH else Language.SPANISH
    said = today(report, open_alarms, now, cycles)
    with translation.override(language):
        other = today(report, open_alarms, now, cycles)
    return Top(said, other, language, open_alarms, timezone.now())


def today(report: Report, open_alarms: Sequence[Alarm], now: Now | None, cycles: Mapping[str, Cycle]) -> Today:
    """In the active language."""
    trips = {trip.code: trip for trip in report.trips}
    said = [*_of_alarms(open_alarms), *_of_groups(abroad(report.trips))]
    if now is not None:
        if now.applying and now.applying.line.cycle in cycles:
            said.append(_of_applications(now.applying, cycles, report.threshold))
        said += _of_passports(now.dangers, trips)
        said += _of_money(now.money, trips, cycles)
    # two groups in one city may make the same sentence
    first, *rest = dict.fromkeys(said) or [""]
    return Today(first, tuple(rest))


# --- Who is abroad ----------------------------------------------------------------------------------


def _of_alarms(open_alarms: Iterable[Alarm]) -> Iterable[str]:
    for alarm in open_alarms:
        names = {"city": alarm.trip.city.name, "name": alarm.caller}
        if alarm.is_roll_call:
            yield _("The roll call in %(city)s is still open.") % names
        elif alarm.caller:
            yield _("Not everyone in %(city)s is accounted for yet, and %(name)s is calling.") % names
        else:
            yield _("Not everyone in %(city)s is accounted for yet.") % names


def _of_groups(groups: Abroad) -> Iterable[str]:
    """Nobody is said to be safe whom no one has asked."""
    if groups.all_found and groups.is_asked and groups.everyone_asked and groups.trips:
        count = groups.travelers
        words = ngettext(
            "The %(count)s student abroad is accounted for.", "All %(count)s students abroad are accounted for.", count
        )
        yield words % {"count": count}
        return
    others = [trip for trip in groups.trips if trip.went and not trip.is_missing]
    found = [trip for trip in others if trip.is_asked and trip.everyone_asked]
    partly = [trip for trip in others if trip.is_asked and not trip.everyone_asked]
    if found:
        yield _("Everyone in %(cities)s is accounted for.") % {"cities": _cities(found)}
    if partly:
        words = _("Everyone in %(cities)s whom we asked is accounted for; others there weren’t asked.")
        yield words % {"cities": _cities(partly)}
    rest = [trip for trip in others if not trip.is_asked]
    if rest:
        count = sum(trip.went for trip in rest)
        words = ngettext(
            "%(count)s student is in %(cities)s today.", "%(count)s students are in %(cities)s today.", count
        )
        yield words % {"count": count, "cities": _cities(rest)}


def _cities(trips: Iterable[TripSeen]) -> str:
    return get_text_list(list(dict.fromkeys(trip.city.name for trip in trips)), _("and"))


# --- Applications, passports, money -----------------------------------------------------------------


def _of_applications(applying: Applying, cycles: Mapping[str, Cycle], threshold: int) -> str:
    count, name = applied(applying, threshold), cycles[applying.line.cycle].name
    words = {"cycle": name, "threshold": threshold, "count": least(count), "day": short_day(applying.until)}
    if not count.low:
        return _("Fewer than %(threshold)s students had applied for %(cycle)s by %(day)s.") % words
    said = _("%(count)s students had applied for %(cycle)s by %(day)s") % words
    said = said[:1].upper() + said[1:]
    compared = against(applying, cycles, threshold)
    return f"{said}, {compared}." if compared else f"{said}."


def _of_passports(dangers: Sequence[Danger], trips: Mapping[str, TripSeen]) -> Iterable[str]:
    seen = [(trips[each.trip], each) for each in dangers if each.trip in trips]
    late = [(trip, each) for trip, each in seen if each.count != Range(0, 0)]
    for trip, danger in late[:MOST_GROUPS]:
        words = _("For %(city)s, %(count)s passports are in danger.")
        if danger.count == Range(1, 1):
            words = _("For %(city)s, %(count)s passports is in danger.")
        yield words % {"city": trip.city.name, "count": of_group(danger)}
    if more := len(late) - MOST_GROUPS:
        if more > 0:
            words = ngettext(
                "%(count)s more group has passports in danger.", "%(count)s more groups have passports in danger.", more
            )
            yield words % {"count": more}
    if seen and not late:
        yield _("No passport is in danger.")


def _of_money(money: Sequence[Money], trips: Mapping[str, TripSeen], cycles: Mapping[str, Cycle]) -> Iterable[str]:
    found = spending(money, trips)
    if found is None:
        return
    words = {"spent": whole(found.actual), "planned": whole(found.planned)}
    if found.cycle not in cycles:
        yield _("We’ve spent %(spent)s of the %(planned)s planned.") % words
        return
    yield _("We’ve spent %(spent)s of the %(planned)s planned for %(cycle)s.") % {
        **words,
        "cycle": cycles[found.cycle].name,
    }
