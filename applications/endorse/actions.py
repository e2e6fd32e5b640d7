"""The home college endorses its own students: one at a time, or several at once."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import disclosures, edit_lock
from applications.base.eligibility import Result
from applications.endorse import own_students
from applications.models import Application, Cycle, Disclosure, Endorsement
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User

NAMED_MAX = 5  # how many people an error message names; with more, the message itself is lost among names


@dataclass(frozen=True, slots=True)
class Word:
    """What the college says about one student.

    `was_looked_at`: an advisor decided on this application alone, with its whole page in view. Without that, only a
    student who meets every condition is endorsed.
    """

    units: int
    result: str = Endorsement.Result.ENDORSED
    is_enrolled: bool = True
    in_good_standing: bool | None = None
    note: str = ""
    was_looked_at: bool = False

    @property
    def said(self) -> dict[str, object]:
        return {key: value for key, value in asdict(self).items() if key != "was_looked_at"}


@transaction.atomic
def endorse(
    application: Application,
    *,
    result: str,
    is_enrolled: bool,
    units: int,
    in_good_standing: bool | None,
    note: str,
    by: User,
    seen: str = "",
) -> Endorsement:
    """Record or correct the home college's endorsement. Recording the same values again changes nothing.

    `seen`: the `fingerprint` of what the advisor had before their eyes; "" checks nothing.
    RuleViolation: not_to_endorse (withdrawn, returned for a fix, or the result is released), not_authorized (the
    student hasn't signed), changed_meanwhile (a colleague said something else since).
    """
    locked: Any = _locked().get(pk=application.pk)  # Any: it has the annotation of `with_consent`
    if locked.status != Status.SUBMITTED:
        raise RuleViolation("not_to_endorse", _why_not_to_endorse(locked))
    if not locked.may_tell:
        raise RuleViolation("not_authorized", _("Not saved. The student hasn’t signed the permission for this yet."))
    said = Word(units, result, is_enrolled, in_good_standing, note).said
    endorsement = Endorsement.objects.filter(application=locked).first()
    if endorsement and _is_same(endorsement, said):
        return endorsement
    edit_lock.check(seen, fingerprint(endorsement))
    before = endorsement.result if endorsement else ""
    endorsement = endorsement or Endorsement(application=locked)
    for field, value in said.items():
        setattr(endorsement, field, value)
    endorsement.endorsed_by, endorsement.endorsed_at = by, timezone.now()
    endorsement.save()
    audit.record("review.endorse", locked, by=by, changes=_changes(said, before))
    return endorsement


def fingerprint(endorsement: Endorsement | None) -> str:
    """What a form carries of the endorsement it was opened with, if there was one."""
    return edit_lock.fingerprint(endorsement, Word(0).said) if endorsement else "none"


def _locked() -> QuerySet[Application]:
    return Application.objects.select_for_update(of=("self",)).with_consent()


def _is_same(endorsement: Endorsement, said: Mapping[str, object]) -> bool:
    return all(getattr(endorsement, field) == value for field, value in said.items())


def _changes(said: Mapping[str, object], before: str) -> dict[str, object]:
    return {"before": before, **{key: said[key] for key in ("result", "units", "in_good_standing")}}


def _why_not_to_endorse(application: Application) -> str:
    if application.status == Status.RETURNED:
        return _("The student is fixing this application. You can answer once it’s submitted again.")
    if application.status == Status.WITHDRAWN:
        return _("The student withdrew this application. You don’t need to do anything.")
    return _("The result is out, so the college’s decision can’t be changed.")


# --- Several ----------------------------------------------------------------------------------------


@transaction.atomic
def endorse_several(cycle: Cycle, words: Mapping[Application, Word], *, by: User, source: str = "") -> int:
    """Endorse several students, all or none, and return how many endorsements are new. Sending the same again
    changes nothing.

    Corrects no earlier endorsement: only `endorse` does, one student at a time. `source`: where the values come from,
    for the audit log.
    RuleViolation: changed_meanwhile, not_authorized, needs_a_look. Each message names the students, and nothing is
    saved.
    """
    locked: list[Any] = list(
        _locked()
        .filter(pk__in=[each.pk for each in words], cycle=cycle)
        .order_by("pk")  # one order for all, so that two requests at once cannot deadlock
    )
    said_before = {each.application_id: each for each in Endorsement.objects.filter(application__in=locked)}
    by_key = {each.pk: word for each, word in words.items()}
    changed = by_key.keys() - {each.pk for each in locked if _is_free(each, by_key[each.pk], said_before)}
    if changed:
        message = _("Nothing was saved. These have changed in the meantime: %(names)s. Check them and submit again.")
        raise RuleViolation("changed_meanwhile", message % {"names": _names(words, changed)})
    new = [each for each in locked if each.pk not in said_before]
    if unsigned := {each.pk for each in new if not each.may_tell}:
        message = _("Nothing was saved. These students haven’t signed the permission yet: %(names)s.")
        raise RuleViolation("not_authorized", message % {"names": _names(words, unsigned)})
    if unseen := _need_a_look(cycle, new, by_key):
        message = _("Nothing was saved. You need to open these one by one: %(names)s. Uncheck them and submit again.")
        raise RuleViolation("needs_a_look", message % {"names": _names(words, unseen)})
    now = timezone.now()
    Endorsement.objects.bulk_create(
        Endorsement(application=each, endorsed_by=by, endorsed_at=now, **by_key[each.pk].said) for each in new
    )
    told = {"source": source} if source else {}
    audit.record_many("review.endorse", [(each, _changes(by_key[each.pk].said, "") | told) for each in new], by=by)
    return len(new)


def _is_free(application: Application, word: Word, said_before: Mapping[int, Endorsement]) -> bool:
    endorsement = said_before.get(application.pk)
    if application.status != Status.SUBMITTED:
        return False
    return endorsement is None or _is_same(endorsement, word.said)


def _need_a_look(cycle: Cycle, applications: list[Application], words: Mapping[int, Word]) -> set[int]:
    """Primary keys of applications that need an advisor's look and didn't get one."""
    quick = [each for each in applications if not words[each.pk].was_looked_at]
    judged = own_students.judge(cycle, quick, units={each.pk: words[each.pk].units for each in quick})
    return {
        each.application.pk
        for each in judged
        if each.overall != Result.MEETS or words[each.application.pk] != _plain_yes(words[each.application.pk])
    }


def _plain_yes(word: Word) -> Word:
    standing = word.in_good_standing or None
    return replace(word, result=Endorsement.Result.ENDORSED, is_enrolled=True, in_good_standing=standing)


def _names(words: Mapping[Application, Word], keys: Collection[int]) -> str:
    names = sorted(str(each.student) for each in words if each.pk in keys)
    more = len(names) - NAMED_MAX
    shown = ", ".join(names[:NAMED_MAX])
    return _("%(names)s and %(count)s more") % {"names": shown, "count": more} if more > 0 else shown


@transaction.atomic
def record_download(rows: Collection[Application], *, query: str, by: User) -> None:
    """A list of own students leaves the portal as a file. `query`: the filters of the list."""
    audit.record("endorsement.download", by, by=by, changes={"query": query, "rows": len(rows)})
    disclosures.record([row.pk for row in rows], Disclosure.Kind.LIST, by=by)
