"""Replacing a lost second factor, email or phone, by two people (`second`). Each act is an event of the account.

Views ask both for a fresh proof. The person is told at every address that the account has, when it's asked for and when
it's done.
"""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import AccountReset, User
from exchange.models.takes_two import alone_after
from exchange.people.second import same_person, second
from exchange.people.second.second import addresses_of
from exchange.people.sign_in import accounts
from exchange.reference import facts

Kind = AccountReset.Kind


def open_for(user: User) -> AccountReset | None:
    """The one that waits for its confirmation. None if it has expired."""
    waiting = AccountReset.objects.waiting().filter(user=user)
    return waiting.filter(expires_at__gt=timezone.now()).select_related("asked_by", "user").first()


@transaction.atomic
def ask(user: User, kind: str, *, reason: str, new_address: str = "", by: User) -> AccountReset:
    """RuleViolation: not_office, own_account, no_factor, same_address, taken, already_asked."""
    _require_office(by)
    if same_person.may_be_one(by, user):
        raise RuleViolation("own_account", _("You can’t reset your own account. Ask a colleague."))
    if kind == Kind.FACTOR and not Authenticator.objects.filter(user=user).exists():
        raise RuleViolation("no_factor", _("This account has no second step to remove."))
    _require_free(user, kind, new_address)
    hours, now = int(facts.number("account.reset_hours")), timezone.now()
    User.objects.select_for_update().get(pk=user.pk)
    # one that expired makes room for the next
    for expired in AccountReset.objects.waiting().filter(user=user, expires_at__lte=now):
        _stop(expired, "", by)
    if open_for(user):
        raise RuleViolation("already_asked", _("A reset is already waiting for this account. Confirm or cancel it."))
    reset = AccountReset.objects.create(
        user=user,
        kind=kind,
        new_address=new_address,
        reason=reason,
        asked_by=by,
        asked_at=now,
        alone_after=alone_after(now),
        expires_at=alone_after(now) + timedelta(hours=hours),
    )
    audit.record("account.reset_asked", user, by=by, reason=reason, changes={"kind": kind})
    _tell(user, "exchange/reset_asked", reset)
    second.begin(reset, by=by)
    return reset


@transaction.atomic
def confirm(reset: AccountReset, *, by: User) -> None:
    """Do it, and end the person's sessions.

    RuleViolation: those of `second.require`, asker_left, expired, settled, taken.
    """
    reset = _locked(reset)
    user = reset.user
    second.require(reset, by)
    second.require_asker(reset)
    if reset.is_expired:
        raise RuleViolation("expired", _("This request is too old. Ask for the reset again."))
    _require_free(user, reset.kind, reset.new_address)
    told_before = addresses_of(user)
    reset.confirmed_at, reset.confirmed_by = timezone.now(), by
    reset.save(update_fields=["confirmed_at", "confirmed_by"])
    _change(reset)
    audit.record("account.reset_done", user, by=by, changes={"kind": reset.kind, **second.on_record(reset, by)})
    accounts.end_sessions(user, by=by, reason="account reset")
    _tell(user, "exchange/reset_done", reset, also=told_before)
    second.finished(reset, by=by)


@transaction.atomic
def cancel(reset: AccountReset, reason: str, by: User) -> None:
    """By anyone who was told of it. RuleViolation: not_told, settled."""
    reset = _locked(reset)
    second.require_told(reset, by)
    _stop(reset, reason, by)
    second.tell_stopped(reset, by=by)


second.register(
    second.Act(
        "reset",
        AccountReset,
        stop=cancel,
        related=("asked_by", "user"),
        # who the account belongs to is all that there is to see
        owner=lambda reset: True,
        director=lambda reset: roles.is_staff_role(reset.user),  # of students, the director sees figures only
        advisor=lambda reset: not roles.is_staff_role(reset.user),
    )
)


def _require_office(by: User) -> None:
    if not roles.is_coordinator(by):
        raise RuleViolation("not_office", _("Only the exchange team can do this."))


def _require_free(user: User, kind: str, address: str) -> None:
    if kind == Kind.FACTOR:
        return
    field = "email" if kind == Kind.EMAIL else "phone"
    if address in addresses_of(user):
        raise RuleViolation("same_address", _("That’s the address the account already has."))
    others = Q(**{field: address}) | Q(emailaddress__email__iexact=address)
    if User.objects.filter(others).exclude(pk=user.pk).exists():
        raise RuleViolation("taken", _("Another account uses this address."))


def _locked(reset: AccountReset) -> AccountReset:
    reset = AccountReset.objects.select_for_update(of=("self",)).select_related("user", "asked_by").get(pk=reset.pk)
    if reset.confirmed_at or reset.cancelled_at:
        raise RuleViolation("settled", _("This request was already confirmed or canceled."))
    return reset


def _stop(reset: AccountReset, reason: str, by: User) -> None:
    reset.cancelled_at, reset.cancelled_by, reset.stop_reason = timezone.now(), by, reason
    reset.save(update_fields=["cancelled_at", "cancelled_by", "stop_reason"])
    audit.record("account.reset_cancelled", reset.user, by=by, changes={"kind": reset.kind})
    second.drop_task(reset, by=by)


def _change(reset: AccountReset) -> None:
    user = reset.user
    if reset.kind == Kind.FACTOR:
        Authenticator.objects.filter(user=user).delete()
        return
    if reset.kind == Kind.EMAIL:
        user.email = reset.new_address
        EmailAddress.objects.filter(user=user).delete()  # otherwise the old address could still sign in
        SocialAccount.objects.filter(user=user).delete()  # and so could the college's account of that address
    else:
        # confirmed by its first code; until then it signs in only where the account has no email
        user.phone, user.phone_verified_at = reset.new_address, None
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "phone", "phone_verified_at"])
    except IntegrityError:
        raise RuleViolation("taken", _("Another account uses this address.")) from None


def _tell(user: User, template: str, reset: AccountReset, also: list[str] | None = None) -> None:
    for address in dict.fromkeys([*addresses_of(user), *(also or [])]):
        outbox.queue(template, to=user, address=address, context={"reset": reset, **second.context_of(reset)})
