"""Explains to the office why readers cannot be drawn: what is missing, what prevents it, and what would be enough."""

from collections import Counter, defaultdict

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.reading import assignment as drawing
from applications.reading.readers import Pool, Tie, college_of
from exchange.models import Language

NAMES_AT_MOST = 8


def explain(shortage: drawing.NotEnoughReaders, pool: Pool) -> str:
    missing = sum(each.missing for each in shortage.shortfalls)
    sentences = [
        ngettext(
            "No reader was assigned: %(missing)s reading is missing.",
            "No reader was assigned: %(missing)s readings are missing.",
            missing,
        )
        % {"missing": missing},
        _("The %(readers)s readers can take %(capacity)s in all; %(needed)s would do.")
        % {
            "readers": sum(1 for each in pool.readers if each.capacity),
            "capacity": shortage.capacity,
            "needed": shortage.sufficient_capacity,
        },
        *_of_college(shortage, pool),
        *_of_spanish(shortage, pool),
        *_of_ties(shortage, pool),
        *_of_caps(shortage, pool),
    ]
    return " ".join(sentences)


def _of_college(shortage: drawing.NotEnoughReaders, pool: Pool) -> list[str]:
    """For each college whose students lack readers, how many more would be enough."""
    needed: dict[str, int] = defaultdict(int)
    for each in shortage.shortfalls:
        college = pool.applications[each.application].college
        if college and not _lacks_spanish(each, pool):
            needed[college.name] = max(needed[college.name], each.new_readers)
    return [
        ngettext(
            "Students of %(college)s need %(count)s more reader who advises at another college.",
            "Students of %(college)s need %(count)s more readers who advise at other colleges.",
            count,
        )
        % {"college": college, "count": count}
        for college, count in sorted(needed.items())
        if count
    ]


def _lacks_spanish(each: drawing.Shortfall, pool: Pool) -> bool:
    if pool.applications[each.application].answer_language != Language.SPANISH or not each.new_readers:
        return False
    return drawing.Barrier.LANGUAGE in each.barriers.values()


def _of_spanish(shortage: drawing.NotEnoughReaders, pool: Pool) -> list[str]:
    """Applications in Spanish that would have readers if more of them read Spanish."""
    lacking = [each for each in shortage.shortfalls if _lacks_spanish(each, pool)]
    if not lacking:
        return []
    files = ngettext(
        "%(count)s application is in Spanish, and too few of those who may read it read Spanish.",
        "%(count)s applications are in Spanish, and too few of those who may read them read Spanish.",
        len(lacking),
    ) % {"count": len(lacking)}
    readers = max(each.new_readers for each in lacking)
    remedy = ngettext(
        "%(count)s more reader of Spanish from another college would do, with room for them.",
        "%(count)s more readers of Spanish from other colleges would do, with room for them.",
        readers,
    ) % {"count": readers}
    return [files, remedy]


def _of_ties(shortage: drawing.NotEnoughReaders, pool: Pool) -> list[str]:
    """Readers of other colleges who must not read these applications, because they know the student."""
    barred = Counter(
        reader
        for each in shortage.shortfalls
        for reader, barrier in each.barriers.items()
        if barrier is drawing.Barrier.CONFLICT
        and pool.ties.get((each.application, reader)) is not Tie.OWN_COLLEGE
        and college_of(pool.applications[each.application]) not in pool.members[reader].colleges
    )
    if not barred:
        return []
    return [_("They know the student, so they may not read it: %(names)s.") % {"names": _names(barred, pool)}]


def _of_caps(shortage: drawing.NotEnoughReaders, pool: Pool) -> list[str]:
    full = {
        reader
        for each in shortage.shortfalls
        for reader, barrier in each.barriers.items()
        if barrier is drawing.Barrier.AT_CAP
    }
    at_limit = {reader for reader in full if pool.members[reader].is_reading}
    if not at_limit:
        return []
    return [_("At their limit, and able to help with more: %(names)s.") % {"names": _names(at_limit, pool)}]


def _names(codes: Counter[str] | set[str], pool: Pool) -> str:
    names = sorted(str(pool.members[code].person) for code in codes)
    if len(names) <= NAMES_AT_MOST:
        return ", ".join(names)
    more = len(names) - NAMES_AT_MOST
    return _("%(names)s and %(count)s more") % {"names": ", ".join(names[:NAMES_AT_MOST]), "count": more}
