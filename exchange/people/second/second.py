"""Who may be the second person where one alone may not decide, and what holds where there is none (docs/adr/0006).

An act that takes two is a row that one person begins (`TakesTwo`). Somebody else confirms it, who sees enough of it by
their role to judge and isn't, by `same_person`, the first one again. Where nobody does for some days, one person of the
office may finish it alone. Everyone concerned is told at once, and each of them can stop it until it's done.

Each kind is registered once, in the app's `ready`. Its own actions confirm and stop it; they ask here first, tell here
afterwards, and hold the row's lock meanwhile.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import office_tasks, roles
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import AccountMerge, AccountReset, OfficeTask, User
from exchange.models.takes_two import TakesTwo
from exchange.people.second import same_person
from exchange.templatetags.ui import clock, short_day

TASK = "exchange.second"
ASKED, STOPPED, ALONE = "exchange/second_asked", "exchange/second_stopped", "exchange/second_alone"
CLOSED_HOST = "@merged.invalid"  # the email of an account that was merged into another one


@dataclass(frozen=True, slots=True)
class Act:
    """One kind. `name`: in addresses. `owner`, `director`, `advisor`: whether that role sees enough of such a row to
    confirm it; a coordinator always does. `stop`: (row, reason, by), the kind's own action. `related`: to read with it.
    `tells_whose`: whether the person it's about is told, too."""

    name: str
    model: type[TakesTwo]
    stop: Callable[[Any, str, User], None]
    related: tuple[str, ...]
    tells_whose: bool = True
    owner: Callable[[Any], bool] = lambda row: False
    director: Callable[[Any], bool] = lambda row: False
    advisor: Callable[[Any], bool] = lambda row: False


_acts: dict[str, Act] = {}
_advisors: list[Callable[[Sequence[User]], list[User]]] = []


def register(act: Act) -> None:
    _acts[act.name] = act


def register_advisors(of: Callable[[Sequence[User]], list[User]]) -> None:
    """`of`: the advisors who see everything that is in these students' accounts."""
    _advisors.append(of)


def act_named(name: str) -> Act | None:
    return _acts.get(name)


def act_of(row: TakesTwo) -> Act:
    return next(act for act in _acts.values() if isinstance(row, act.model))


# --- Who ---------------------------------------------------------------------------------------------


def knows(row: TakesTwo, user: User) -> bool:
    """Whether the person's role sees enough of it to confirm it."""
    act = act_of(row)
    if roles.is_coordinator(user) or (roles.is_owner(user) and act.owner(row)):
        return True
    if roles.is_director(user) and act.director(row):
        return True
    return roles.is_advisor(user) and user in _advisors_of(row)


def is_told(row: TakesTwo, user: User) -> bool:
    """Whether the person hears of it, and can therefore stop it."""
    is_of_all = roles.is_coordinator(user) or roles.is_owner(user) or roles.is_director(user)
    return is_of_all or user == row.asker or user in _told_of(row) or knows(row, user)


def why_not(row: TakesTwo, by: User) -> tuple[str, str] | None:
    """Why this person can't confirm it now, as a code and a sentence; None where they can."""
    if not knows(row, by):
        return "not_office", _("You don’t see enough of this to confirm it. Someone else has to.")
    if any(same_person.may_be_one(by, each) for each in row.whose):
        return "own_account", _("This is about your own account. Someone else has to confirm it.")
    if row.has_waited and roles.is_coordinator(by):
        return None
    if by == row.asker:
        return "same_person", _why_not_yet(row)
    why = same_person.why_not_second(row.asker, by)
    return ("not_two", why) if why else None


def require(row: TakesTwo, by: User) -> None:
    """RuleViolation: not_office, own_account, same_person, not_two."""
    if why := why_not(row, by):
        raise RuleViolation(*why)


def require_told(row: TakesTwo, by: User) -> None:
    """RuleViolation: not_told."""
    if not is_told(row, by):
        raise RuleViolation("not_told", _("Only the people who were told about this can stop it."))


def require_asker(row: TakesTwo) -> None:
    """Whoever asked has to work here still: nobody answers for it otherwise. RuleViolation: asker_left."""
    asker = User.objects.get(pk=row.asker.pk)  # read anew: what the person may do is kept with the object
    if not asker.is_active or not roles.is_coordinator(asker):
        text = _("%(name)s, who asked for this, is no longer on the exchange team. Stop this one, then ask again.")
        raise RuleViolation("asker_left", text % {"name": asker})


def who_may(row: TakesTwo) -> list[User]:
    """Everyone who could confirm it as a second person, by name. A few queries for each of them: for one row's page."""
    people = {*roles.coordinators_owners_and_directors(), *_advisors_of(row)} - {row.asker}
    found = (each for each in people if knows(row, each) and not same_person.why_not_second(row.asker, each))
    able = [each for each in found if not any(same_person.may_be_one(each, one) for one in row.whose)]
    return sorted(able, key=lambda each: (str(each), each.pk))


def _why_not_yet(row: TakesTwo) -> str:
    if row.is_stopped or row.alone_after is None:
        return _("You started this, so someone else has to confirm it.")
    if not roles.is_coordinator(row.asker):
        return _("You started this, so someone on the exchange team has to confirm it.")
    text = _("You started this, so someone else confirms it. If no one has by %(day)s, %(time)s, you can do it alone.")
    return text % {"day": short_day(timezone.localtime(row.alone_after)), "time": clock(row.alone_after)}


def _told_of(row: TakesTwo) -> list[User]:
    return row.whose if act_of(row).tells_whose else []


def _advisors_of(row: TakesTwo) -> list[User]:
    if not act_of(row).advisor(row):
        return []
    return [each for of in _advisors for each in of(row.whose)]


# --- Telling, and the office's task ----------------------------------------------------------------------


def begin(row: TakesTwo, *, by: User) -> None:
    """Tell everyone concerned but the person it's about, whom the act itself tells, and make it a task with its date.

    In the caller's transaction, after the row is saved.
    """
    tell(ASKED, row, but=(by, *row.whose))
    if row.alone_after:
        person = row.whose[0]
        due_on, path = timezone.localdate(row.alone_after), address_of(row)
        office_tasks.open(_key(row), TASK, due_on=due_on, path=path, person=person, source=key_of(row), by=by)


def finished(row: TakesTwo, *, by: User) -> None:
    """In the caller's transaction, once it's done. Who did it without a second person is told to everyone concerned."""
    for task in OfficeTask.objects.open().filter(key=_key(row)):
        office_tasks.finish(task, by=by)
    if was_alone(row, by):
        tell(ALONE, row, but=(by, *row.whose), by=by)


def asked() -> str:
    """For whoever has just begun one."""
    return _("Asked. Everyone concerned has been told. This page says who can confirm it, and from when you can alone.")


def drop_task(row: TakesTwo, *, by: User) -> None:
    """In the caller's transaction, once it's stopped or has expired."""
    office_tasks.drop_all(OfficeTask.objects.open().filter(key=_key(row)), by=by)


def tell_stopped(row: TakesTwo, *, by: User) -> None:
    """In the caller's transaction: everyone who was told of it is told that somebody stopped it."""
    tell(STOPPED, row, but=(by,), by=by)


def on_record(row: TakesTwo, by: User) -> dict[str, Any]:
    """For the event of finishing it."""
    return {"alone": True} if was_alone(row, by) else {}


def context_of(row: TakesTwo) -> dict[str, Any]:
    """For messages that name the page where it can be stopped."""
    return {"waiting": row, "path": address_of(row)}


def was_alone(row: TakesTwo, by: User) -> bool:
    """Whether who finished it wasn't a second person."""
    return by == row.asker or bool(same_person.why_not_second(row.asker, by))


def tell(template: str, row: TakesTwo, *, but: Iterable[User] = (), by: User | None = None) -> None:
    """In their own language, by the ways that they agreed to; whose account it is, at every address, at any hour."""
    people = {*roles.coordinators_owners_and_directors(), *_advisors_of(row), *_told_of(row), row.asker} - set(but)
    context = {"writer": by, **context_of(row)}
    for person in sorted(people, key=lambda each: each.pk):
        if person not in row.whose:
            outbox.queue(template, to=person, context=context)
            continue
        for address in addresses_of(person):
            outbox.queue(template, to=person, address=address, context=context)


def address_of(row: TakesTwo) -> str:
    """The page where it's seen, confirmed and stopped."""
    return reverse("second-detail", args=[act_of(row).name, row.code])


def addresses_of(user: User) -> list[str]:
    """Every address where the person may read a warning: email and phone, confirmed or not."""
    email = "" if (user.email or "").endswith(CLOSED_HOST) else user.email
    return [each for each in (email, user.phone.as_e164 if user.phone else "") if each]


@transaction.atomic
def drop_expired() -> None:
    """The tasks of what nobody finished in time. Whoever still wants it done asks again."""
    now = timezone.now()
    for rows in (AccountReset.objects.waiting(), AccountMerge.objects.waiting()):
        keys = [_key(row) for row in rows.filter(expires_at__lte=now)]
        office_tasks.drop_all(OfficeTask.objects.open().filter(key__in=keys), by=None)


def end_those_of(keys: Collection[int]) -> None:
    """What waits about accounts that are erased can't be done any longer. In the caller's transaction."""
    now = timezone.now()
    about = AccountMerge.objects.waiting().filter(Q(kept__in=keys) | Q(closed__in=keys))
    for rows in (AccountReset.objects.waiting().filter(user__in=keys), about):
        sources = [key_of(row) for row in rows]
        rows.filter(expires_at__gt=now).update(expires_at=now)
        office_tasks.drop_all(OfficeTask.objects.open().filter(source__in=sources), by=None)


def _key(row: TakesTwo) -> str:
    return f"second:{key_of(row)}"
