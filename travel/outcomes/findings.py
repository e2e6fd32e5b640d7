"""Titles that say what a chart shows, only where its ranges carry the sentence for certain. Pure, but for the words."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.figures.counts import Range
from travel.outcomes.measures import YEAR_TEXTS
from travel.outcomes.population import Item, Mark, Stage, Step
from travel.outcomes.published import Share
from travel.outcomes.words import ABOUT, least_part, share_words


def of_stages(stages: Mapping[Stage, Range]) -> str:
    """Where most of those are lost who might have traveled. Those not chosen aren't lost: there were no more spots."""
    lost = {
        before: _difference(stages[before], stages[after])
        for before, after in zip(list(stages), list(stages)[1:], strict=False)
        if before is not Stage.READ
    }
    total = sum(range_.high for range_ in lost.values())
    words = {
        Stage.STARTED: _("Most of the people we lose never send their application"),
        Stage.SUBMITTED: _("Most of the people we lose aren’t endorsed by their college"),
        Stage.ENDORSED: _("Most of the people we lose weren’t read by enough readers"),
        Stage.SELECTED: _("Most of the people we lose say no to their spot"),
        Stage.CONFIRMED: _("Most of the people we lose don’t get a passport in time"),
        Stage.PASSPORT: _("Most of the people we lose have a passport and stay home"),
    }
    for stage, range_ in lost.items():
        if range_.low * 2 > total:
            return words[stage]
    return _("The ranges don’t tell where most students are lost")


def _difference(before: Range, after: Range) -> Range:
    return Range(max(0, before.low - after.high), max(0, before.high - after.low))


def of_years(mark: Mark, years: Sequence[Share]) -> str:
    """How a share moved over the years, the oldest first; empty if the ranges don't carry a sentence."""
    told = [(share.count, share.of) for share in years if share.count and share.of]
    if len(told) < 2 or len(told) < len(years) or mark is not Mark.ABROAD:
        return ""
    pairs = list(zip(told, told[1:], strict=False))
    if all(now.low * of > then.high * was for (then, of), (now, was) in pairs):
        return _("Each year, a larger share had never been abroad")
    if all(now.high * of < then.low * was for (then, of), (now, was) in pairs):
        return _("Each year, a smaller share had never been abroad")
    least = least_part(told)
    return _("Every year, at least %(part)s had never been abroad") % {"part": least} if least else ""


def of_waits(travelers: int, waits: Mapping[Step, Mapping[int, Range]]) -> str:
    """Which step took longest, or how soon half had their decision. waits: by step, how many within so many weeks."""
    within = {step: half_within(travelers, counts) for step, counts in waits.items()}
    longer = {
        step: max((weeks for weeks, count in counts.items() if 2 * count.high < travelers), default=0)
        for step, counts in waits.items()
    }
    words = {
        Step.DECISION: _("The decision takes longest: most waited more than %(weeks)s weeks"),
        Step.ANSWER: _("The student’s answer takes longest: most took more than %(weeks)s weeks"),
        Step.PASSPORT: _("The passport takes longest: most took more than %(weeks)s weeks"),
    }
    for step, weeks in longer.items():
        others = [within[each] for each in waits if each is not step]
        if weeks and others and all(other is not None and other <= weeks for other in others):
            return words[step] % {"weeks": weeks}
    if soon := within.get(Step.DECISION):
        return _("Half or more had their decision within %(weeks)s weeks") % {"weeks": soon}
    return _("How long each step takes")


def half_within(travelers: int, counts: Mapping[int, Range]) -> int | None:
    """The fewest weeks within which half of them, or more, were done for certain."""
    return min((weeks for weeks, count in counts.items() if travelers and 2 * count.low >= travelers), default=None)


def of_groups(groups: Mapping[str, Mapping[Stage, Range]]) -> str:
    """Which group certainly goes on less often than every other, at the first step where one does; or nothing."""
    words = {
        Stage.SUBMITTED: _("%(group)s: a smaller share sent their application than in any other group"),
        Stage.SELECTED: _("%(group)s: a smaller share was selected than in any other group"),
        Stage.CONFIRMED: _("%(group)s: a smaller share said yes to their spot than in any other group"),
    }
    for before, after in (
        (Stage.STARTED, Stage.SUBMITTED),
        (Stage.SUBMITTED, Stage.SELECTED),
        (Stage.SELECTED, Stage.CONFIRMED),
    ):
        told = [(name, stages.get(before), stages.get(after)) for name, stages in groups.items()]
        known = {name: (was, now) for name, was, now in told if was and now and was.low}
        if len(known) < max(2, len(groups)):
            continue
        for name, (was, now) in known.items():
            others = [each for other, each in known.items() if other != name]
            # the most that it could be is less than the least of each other
            if all(now.high * other_was.high < other_now.low * was.low for other_was, other_now in others):
                return words[after] % {"group": name}
    return ""


def of_studies(known: Range | None, told: Mapping[Item, tuple[Range | None, Range | None]], year: int) -> str:
    """What became of those whose college told us, in a year after the trip: one sentence, or "". told: yes and no.

    Of some a college says neither; they may be either.
    """
    when = {"year": YEAR_TEXTS[year]}
    words = {
        Item.TRANSFER: _("Of %(known)s students, %(share)s transferred to a four-year college in the %(year)s"),
        Item.AWARD: _("Of %(known)s students, %(share)s earned a certificate or degree in the %(year)s"),
        Item.ENROLLED: _("Of %(known)s students, %(share)s enrolled again after the trip"),
    }
    if known is None or not known.is_exact or not known.low:
        return ""
    for item in reversed(words) if year == 1 else words:
        yes, no = told.get(item, (None, None))
        count = Range(yes.low if yes else 0, known.low - (no.low if no else 0))
        if count.low and count.values <= ABOUT * known.low + 1:
            share = share_words(count, known.low)
            return words[item] % {**when, "share": share.range or share.figure, "known": known.low}
    return ""


def of_survey(answered: Range, higher: Sequence[Range | None]) -> str:
    """Of how many sentences most of those who answered say more now. higher: how many do, for each sentence."""
    most = sum(count is not None and 2 * count.low > answered.high for count in higher)
    words = {"number": most, "of": len(higher)}
    if not most:
        return ""
    if most == len(higher):
        return (
            ngettext(
                "Most of those who answered rated the sentence higher now",
                "Most of those who answered rated all %(of)s sentences higher now",
                len(higher),
            )
            % words
        )
    return (
        ngettext(
            "Most of those who answered rated at least %(number)s of %(of)s sentences higher now",
            "Most of those who answered rated at least %(number)s of %(of)s sentences higher now",
            most,
        )
        % words
    )


def of_costs(costs: Sequence[tuple[str, int, int]]) -> str:
    """costs: (trip, planned, actual) in cents. Which trip came to most above its plan, and which to most below."""
    parts = sorted(((actual - planned) / planned, trip) for trip, planned, actual in costs if planned)
    if not parts:
        return _("What a trip costs, for each student")
    (low, under), (high, over) = parts[0], parts[-1]
    words = {
        "over": _("%(trip)s came to %(percent)s%% over plan") % {"trip": over, "percent": round(100 * high)},
        "under": _("%(trip)s came to %(percent)s%% under plan") % {"trip": under, "percent": round(-100 * low)},
    }
    said = [words["over"]] * (round(100 * high) > 0) + [words["under"]] * (round(-100 * low) > 0)
    return "; ".join(said) or _("Every trip came to what was planned")
