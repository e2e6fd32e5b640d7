"""Makes one account of a student's two, by two people (`second`); undone for some hours. Views ask for fresh proofs.

Each app says beforehand what stands in the way, and joins what can't be in one account twice (`Part`). Then every key
to the closed account is set to the one that stays (`keys_to_people`), and the addresses of both sign in there. The
person is told at every address of both accounts, when it's asked for and when it's done.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from exchange.base import audit, office_tasks, roles
from exchange.base.access import Opening
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import AccountMerge, OfficeTask, User
from exchange.models.takes_two import alone_after
from exchange.people.merging import keys_to_people
from exchange.people.second import second
from exchange.people.second.second import CLOSED_HOST
from exchange.people.sign_in import accounts
from exchange.reference import facts

TASK = "exchange.two_accounts"


@dataclass(frozen=True, slots=True)
class Compared:
    """What the person said in both accounts. `differs`: both say something, and not the same."""

    label: str
    kept: str
    closed: str
    differs: bool


@dataclass(slots=True)
class Found:
    """What merging two accounts would do, in sentences, or why it can't be done.

    `counts`: (what, how many) of what moves and isn't named one by one.
    `stops`: they can't be merged at all. `clashes`: they can't be until somebody has settled this with the student.
    `left`: primary keys of rows that stay with the closed account, by the name of the key to it. `compared`: by which
    one sees whether it's the same person. `openings`: what it tells of, for the access log.
    """

    moves: list[str] = field(default_factory=list)
    counts: Sequence[tuple[keys_to_people.Words, int]] = ()
    stays: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)
    clashes: list[str] = field(default_factory=list)
    left: dict[str, list[int]] = field(default_factory=dict)
    compared: list[Compared] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        return any(each.differs for each in self.compared)

    @property
    def is_possible(self) -> bool:
        return not self.stops and not self.clashes

    @property
    def fingerprint(self) -> str:
        """Of what the preview shows, without how many messages there are: whether it holds when it's confirmed."""
        shown = (self.moves, self.stays, self.stops, self.clashes, sorted(self.left.items()))
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Part:
    """What one app knows of two accounts. `look`: (kept, closed). `join`: in the merge's transaction, before the keys
    move: (kept, closed, by)."""

    look: Callable[[User, User], Found]
    join: Callable[[User, User, User], None]


_parts: list[Part] = []


def register(part: Part) -> None:
    _parts.append(part)


def look(kept: User, closed: User) -> Found:
    found = Found(stops=_stops(kept, closed))
    if found.stops:
        return found
    for part in _parts:
        one = part.look(kept, closed)
        found.moves += one.moves
        found.stays += one.stays
        found.clashes += one.clashes
        found.compared += one.compared
        found.openings += one.openings
        found.left.update(one.left)
    found.clashes += keys_to_people.in_both(kept, closed)
    found.counts = keys_to_people.counted(closed)
    _look_at_addresses(kept, closed, found)
    return found


def _stops(kept: User, closed: User) -> list[str]:
    if kept == closed:
        return [_("That’s the same account. Choose the other one.")]
    text = _("%(name)s has or had a role, reads, or leads a trip. Only accounts of students can be merged.")
    found = [text % {"name": each} for each in keys_to_people.worked_with_us(kept, closed)]
    return found + [
        _("The account of %(name)s is closed.") % {"name": each} for each in (kept, closed) if not each.is_active
    ]


def _look_at_addresses(kept: User, closed: User, found: Found) -> None:
    confirmed = _confirmed_emails(closed)
    found.moves += [_("%(address)s, to sign in with") % {"address": each.email} for each in confirmed]
    if closed.email and closed.email not in {each.email for each in confirmed}:
        text = _("%(address)s, because it was never confirmed")
        found.stays.append(text % {"address": closed.email})
    if not closed.phone:
        return
    phone = {"phone": closed.phone.as_international}
    if _takes_phone(kept, closed):
        found.moves.append(_("%(phone)s, to sign in with") % phone)
    elif closed.phone_verified_at:
        text = _("%(phone)s, which no longer signs in: the account that stays has its own number")
        found.stays.append(text % phone)
    else:
        found.stays.append(_("%(phone)s, because it was never confirmed") % phone)


def open_for(user: User) -> AccountMerge | None:
    """The one that waits for its confirmation, on either side. None if it has expired."""
    waiting = AccountMerge.objects.waiting().filter(Q(kept=user) | Q(closed=user), expires_at__gt=timezone.now())
    return waiting.select_related("asked_by", "kept", "closed").first()


@transaction.atomic
def ask(kept: User, closed: User, *, reason: str, seen: str, by: User) -> AccountMerge:
    """`seen`: the preview's fingerprint. RuleViolation: not_office, cannot, changed_meanwhile, already_asked."""
    _require_office(by)
    _lock(kept, closed)
    _check(kept, closed, seen)
    now = timezone.now()
    waiting = AccountMerge.objects.waiting().filter(Q(kept__in=(kept, closed)) | Q(closed__in=(kept, closed)))
    for expired in waiting.filter(expires_at__lte=now):
        _stop(expired, "", by)
    if waiting.filter(expires_at__gt=now).exists():
        raise RuleViolation(
            "already_asked", _("One of these accounts is waiting to be merged. Confirm or cancel that.")
        )
    hours = int(facts.number("account.reset_hours"))
    merge = AccountMerge.objects.create(
        kept=kept,
        closed=closed,
        reason=reason,
        asked_by=by,
        asked_at=now,
        alone_after=alone_after(now),
        expires_at=alone_after(now) + timedelta(hours=hours),
    )
    audit.record("account.merge_asked", kept, by=by, reason=reason, changes={"closed": closed.code})
    office_tasks.drop(_task_of(kept, closed), by=by)
    _tell("exchange/merge_asked", _addresses(merge), merge)
    second.begin(merge, by=by)
    return merge


@transaction.atomic
def confirm(merge: AccountMerge, *, seen: str, by: User) -> None:
    """Do it, and end the person's sessions.

    RuleViolation: those of `second.require`, asker_left, expired, settled, cannot, changed_meanwhile, both_have.
    """
    merge = _locked(merge)
    second.require(merge, by)
    second.require_asker(merge)
    if merge.is_expired:
        raise RuleViolation("expired", _("This request is too old. Ask for it again."))
    kept, closed = merge.kept, merge.closed
    left, addresses = _check(kept, closed, seen).left, _addresses(merge)
    for part in _parts:
        part.join(kept, closed, by)
    merge.moved = {"keys": _move_keys(kept, closed, left), **_move_addresses(kept, closed)}
    merge.confirmed_at, merge.confirmed_by = timezone.now(), by
    merge.save(update_fields=["moved", "confirmed_at", "confirmed_by"])
    rows = sum(map(len, merge.moved["keys"].values()))
    changes = {"closed": closed.code, "rows": rows, **second.on_record(merge, by)}
    audit.record("account.merge_done", kept, by=by, changes=changes)
    _end_sessions(merge, by)
    _tell("exchange/merge_done", [(kept, address) for _user, address in addresses], merge)
    second.finished(merge, by=by)


@transaction.atomic
def cancel(merge: AccountMerge, reason: str, by: User) -> None:
    """By anyone who was told of it, the person in either account. RuleViolation: not_told, settled."""
    merge = _locked(merge)
    second.require_told(merge, by)
    _stop(merge, reason, by)
    second.tell_stopped(merge, by=by)


# what both accounts hold is in the preview: the technical owner and the director see no student's file
second.register(
    second.Act("merge", AccountMerge, stop=cancel, related=("asked_by", "kept", "closed"), advisor=lambda merge: True)
)


def can_be_undone(merge: AccountMerge) -> bool:
    hours = timedelta(hours=int(facts.number("people.undo_hours")))
    return bool(merge.confirmed_at and not merge.undone_at and merge.confirmed_at + hours > timezone.now())


@transaction.atomic
def undo(merge: AccountMerge, *, by: User) -> None:
    """Give the closed account back what came from it; drafts that were joined stay joined.

    What was done since stays with the account in which it was done. RuleViolation: not_office, too_late,
    address_changed.
    """
    _require_office(by)
    merge = AccountMerge.objects.select_for_update(of=("self",)).select_related("kept", "closed").get(pk=merge.pk)
    if not can_be_undone(merge):
        raise RuleViolation("too_late", _("This can no longer be undone."))
    kept, closed = merge.kept, merge.closed
    _lock(kept, closed)
    _give_addresses_back(merge)
    for name, keys in merge.moved["keys"].items():
        _model, key = keys_to_people.by_name(name)
        keys_to_people.of(name, kept).filter(pk__in=keys).update(**{key: closed})
    merge.undone_at, merge.undone_by = timezone.now(), by
    merge.save(update_fields=["undone_at", "undone_by"])
    audit.record("account.merge_undone", kept, by=by, changes={"closed": closed.code})
    _end_sessions(merge, by)
    _tell("exchange/merge_undone", _addresses(merge), merge)


@transaction.atomic
def leave_to_office(kept: User, closed: User, *, by: User) -> OfficeTask:
    """Make a task of what somebody has to settle with the student. RuleViolation: not_office, nothing_to_settle."""
    _require_office(by)
    if not look(kept, closed).clashes:
        raise RuleViolation("nothing_to_settle", _("Nothing is in the way. You can merge them."))
    due_at = timezone.now() + timedelta(hours=int(facts.number("account.reset_hours")))
    return office_tasks.open(
        f"{_task_of(kept, closed)}:{timezone.localdate()}",
        TASK,
        due_on=timezone.localdate(due_at),
        path=reverse("person-merge-preview", args=[kept.code, closed.code]),
        person=kept,
        source=_task_of(kept, closed),
        by=by,
    )


# --- Inside -----------------------------------------------------------------------------------------


def _require_office(by: User) -> None:
    if not roles.is_coordinator(by):
        raise RuleViolation("not_office", _("Only the exchange team can do this."))


def _check(kept: User, closed: User, seen: str) -> Found:
    found = look(kept, closed)
    if not found.is_possible:
        raise RuleViolation("cannot", " ".join([*found.stops, *found.clashes]))
    if seen != found.fingerprint:
        raise RuleViolation("changed_meanwhile", _("Something changed in these accounts. Look at the preview again."))
    return found


def _task_of(kept: User, closed: User) -> str:
    return ":".join(["merge", *sorted((kept.code, closed.code))])


def _end_sessions(merge: AccountMerge, by: User) -> None:
    for user in (merge.kept, merge.closed):
        accounts.end_sessions(user, by=by, reason="accounts merged")


def _lock(kept: User, closed: User) -> None:
    list(User.objects.select_for_update().filter(pk__in=(kept.pk, closed.pk)).order_by("pk"))


def _locked(merge: AccountMerge) -> AccountMerge:
    rows = AccountMerge.objects.select_for_update(of=("self",)).select_related("kept", "closed", "asked_by")
    merge = rows.get(pk=merge.pk)
    if merge.confirmed_at or merge.cancelled_at:
        raise RuleViolation("settled", _("This request was already confirmed or canceled."))
    _lock(merge.kept, merge.closed)
    return merge


def _stop(merge: AccountMerge, reason: str, by: User) -> None:
    merge.cancelled_at, merge.cancelled_by, merge.stop_reason = timezone.now(), by, reason
    merge.save(update_fields=["cancelled_at", "cancelled_by", "stop_reason"])
    audit.record("account.merge_cancelled", merge.kept, by=by)
    second.drop_task(merge, by=by)


def _move_keys(kept: User, closed: User, left: Mapping[str, Collection[int]]) -> dict[str, list[Any]]:
    moved = {}
    for name in keys_to_people.MOVING:
        _model, key = keys_to_people.by_name(name)
        rows = keys_to_people.of(name, closed).exclude(pk__in=left.get(name, ()))
        if keys := list(rows.values_list("pk", flat=True)):
            rows.update(**{key: kept})
            moved[name] = keys
    return moved


def _confirmed_emails(user: User) -> list[EmailAddress]:
    return list(EmailAddress.objects.filter(user=user, verified=True).order_by("pk"))


def _takes_phone(kept: User, closed: User) -> bool:
    return bool(closed.phone and closed.phone_verified_at and not kept.phone)


def _move_addresses(kept: User, closed: User) -> dict[str, Any]:
    """Confirmed emails sign in to the account that stays; a confirmed phone goes along if that has none.

    `email`: the row of what was the closed account's own. `phone_at`: when the phone was confirmed, by which an undo
    finds out whether it's still that one.
    """
    confirmed = _confirmed_emails(closed)
    own = next((each.pk for each in confirmed if each.email == closed.email), None)
    EmailAddress.objects.filter(pk__in=[each.pk for each in confirmed]).update(user=kept, primary=False)
    moved: dict[str, Any] = {"emails": [each.pk for each in confirmed], "email": own, "phone_at": None}
    phone, phone_at = closed.phone, closed.phone_verified_at
    takes_phone = _takes_phone(kept, closed)
    if own or (takes_phone and not closed.email):
        closed.email = f"{closed.code.lower()}{CLOSED_HOST}"  # the address is free for the account that stays
    if takes_phone:
        closed.phone, closed.phone_verified_at = None, None
    closed.is_active = False
    closed.save(update_fields=["email", "phone", "phone_verified_at", "is_active"])
    if takes_phone and phone_at:
        kept.phone, kept.phone_verified_at, moved["phone_at"] = phone, phone_at, phone_at.isoformat()
        kept.save(update_fields=["phone", "phone_verified_at"])
    return moved


def _give_addresses_back(merge: AccountMerge) -> None:
    kept, closed, moved = merge.kept, merge.closed, merge.moved
    emails = EmailAddress.objects.filter(pk__in=moved["emails"], user=kept, primary=False)
    own = emails.filter(pk=moved["email"]).first()
    phone_at = parse_datetime(moved["phone_at"] or "")
    if (moved["email"] and own is None) or (phone_at and phone_at != kept.phone_verified_at):
        text = _("An email address or phone number was changed since, so this can’t be undone.")
        raise RuleViolation("address_changed", text)
    if phone_at:
        phone = kept.phone
        kept.phone, kept.phone_verified_at = None, None
        kept.save(update_fields=["phone", "phone_verified_at"])
        closed.phone, closed.phone_verified_at = phone, phone_at
    if own:
        closed.email = own.email
    elif closed.email and closed.email.endswith(CLOSED_HOST):
        closed.email = None
    closed.is_active = True
    closed.save(update_fields=["email", "phone", "phone_verified_at", "is_active"])
    emails.update(user=closed)
    EmailAddress.objects.filter(pk=moved["email"]).update(primary=True)


def _addresses(merge: AccountMerge) -> list[tuple[User, str]]:
    return [(user, each) for user in (merge.kept, merge.closed) for each in second.addresses_of(user)]


def _tell(template: str, addresses: Sequence[tuple[User, str]], merge: AccountMerge) -> None:
    for user, address in addresses:
        outbox.queue(template, to=user, address=address, context=second.context_of(merge))
