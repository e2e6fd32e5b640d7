"""Explains to the office why readers cannot be drawn: how many are missing, what would help, and what prevents it."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.reading import assignment as drawing
from applications.reading.assignment import NewReaders, RaiseLimit
from applications.reading.readers import Pool, Tie, college_of
from exchange.models import Language

NAMES_AT_MOST = 8


def explain(shortage: drawing.NotEnoughReaders, pool: Pool) -> str:
    """Only remedies that make the shortage smaller: see `assignment.remedies`."""
    missing = sum(each.missing for each in shortage.shortfalls)
    asked = {code for code, member in pool.members.items() if member.is_reading}
    remedies = drawing.remedies(shortage, pool.candidates, asked)
    new = [each for each in remedies if isinstance(each, NewReaders)]
    full = {each.reader for each in remedies if isinstance(each, RaiseLimit)}
    at_limit = _("These readers are at their limit but could read these applications: %(names)s.")
    sentences = [
        ngettext(
            "No readers were assigned: %(missing)s reading is missing.",
            "No readers were assigned: %(missing)s readings are missing.",
            missing,
        )
        % {"missing": missing},
        *([] if new else [_of_capacity(shortage, pool)]),
        *([at_limit % {"names": _names(full, pool)}] if full else []),
        *(_of_new(each, pool) for each in new),
        *_of_ties(shortage, pool),
    ]
    return " ".join(sentences)


def _of_capacity(shortage: drawing.NotEnoughReaders, pool: Pool) -> str:
    """Where more room for the readers of the cycle is enough."""
    text = _("Your %(readers)s readers can take %(capacity)s in all, but you need %(needed)s.")
    return text % {
        "readers": sum(1 for each in pool.readers if each.capacity),
        "capacity": shortage.capacity,
        "needed": shortage.sufficient_capacity,
    }


def _of_new(needed: NewReaders, pool: Pool) -> str:
    if needed.language == Language.SPANISH:
        text = ngettext(
            "Applications in Spanish from %(college)s need %(count)s more reader who reads Spanish and advises"
            " elsewhere.",
            "Applications in Spanish from %(college)s need %(count)s more readers who read Spanish and advise"
            " elsewhere.",
            needed.count,
        )
    else:
        text = ngettext(
            "Applications from %(college)s need %(count)s more reader who advises elsewhere.",
            "Applications from %(college)s need %(count)s more readers who advise elsewhere.",
            needed.count,
        )
    return text % {"college": _college(needed.college, pool), "count": needed.count}


def _college(code: str, pool: Pool) -> str:
    return next(str(each.college) for each in pool.applications.values() if college_of(each) == code)


def _of_ties(shortage: drawing.NotEnoughReaders, pool: Pool) -> list[str]:
    """Readers of other colleges who must not read these applications, because of a tie to the student."""
    barred = {
        reader
        for each in shortage.shortfalls
        for reader, barrier in each.barriers.items()
        if barrier is drawing.Barrier.CONFLICT
        and pool.ties.get((each.application, reader), Tie.OWN_COLLEGE) is not Tie.OWN_COLLEGE
        and college_of(pool.applications[each.application]) not in pool.members[reader].colleges
    }
    if not barred:
        return []
    text = _("These readers can’t read some of them because they have a tie to the student: %(names)s.")
    return [text % {"names": _names(barred, pool)}]


def _names(codes: Iterable[str], pool: Pool) -> str:
    names = sorted(str(pool.members[code].person) for code in codes)
    if len(names) <= NAMES_AT_MOST:
        return ", ".join(names)
    more = len(names) - NAMES_AT_MOST
    return _("%(names)s and %(count)s more") % {"names": ", ".join(names[:NAMES_AT_MOST]), "count": more}
