"""Inviting somebody to a role: sent or passed on, accepted by whoever proves the address, sent again, ended.

The link alone gives nothing: whoever opens it signs in with a code that goes to the invited address. Everyone who is a
coordinator or the technical owner is told of whoever is invited as one, and again when they accept.
"""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import audit, links, roles
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import College, GrantKind, Invitation, Language, User
from exchange.models.invitation import OF_TWO, PURPOSE
from exchange.people.roles import comparing, granting
from exchange.people.second import same_person
from exchange.people.sign_in import accounts
from exchange.reference import facts


def of_link(link: str) -> Invitation | None:
    """The invitation whose signed link this is, whatever became of it."""
    token = links.token_of(PURPOSE, link)
    rows = Invitation.objects.select_related("college", "invited_by", "accepted_by")
    return rows.filter(token=token).first() if token else None


@transaction.atomic
def invite(
    email: str,
    kind: str,
    *,
    college: College | None = None,
    name: str = "",
    language: str = Language.ENGLISH,
    is_sent: bool = True,
    meant: str = "",
    is_known: bool = False,
    by: User | None,
) -> Invitation:
    """Offer a role to an address. `is_sent`: by email; else the office passes the link on. `by` None: on the server.

    `meant`: the fingerprint of what the person was shown beforehand (`comparing`) and invites all the same. `is_known`:
    whoever invites a coordinator or an owner says that they know this person, and that the address is theirs alone.

    RuleViolation: may_not, own_role, who_is_it, no_college, closed_account, has_it, already_invited, look_first."""
    email, name = email.strip().lower(), name.strip()
    _require_another(email, kind, name, is_known, by)
    if (kind == GrantKind.ADVISOR) != (college is not None):
        raise RuleViolation("no_college", _("An advisor belongs to one college. Other roles don’t belong to any."))
    now, known = timezone.now(), _known(email, kind, college, meant, by)
    _make_room(email, kind, college, now, by=by)
    invitation = Invitation.objects.create(
        email=email,
        kind=kind,
        college=college,
        name=name,
        language=language,
        invited_by=by,
        invited_at=now,
        expires_at=now + _lasts(),
    )
    audit.record("invitation.invite", invitation, by=by, changes=granting.changes_of(kind, college) | known)
    if is_sent:
        _send(invitation)
    _tell_both_roles(invitation, by=by)
    return invitation


def _known(email: str, kind: str, college: College | None, meant: str, by: User | None) -> dict[str, list[str]]:
    """What was known and meant all the same, for the event. On the server nobody is shown anything, so only what stops
    it counts there."""
    remarks = comparing.look(email, kind, college)
    for remark in remarks:
        if remark.stops:
            raise RuleViolation(remark.key, remark.text)
    asked = comparing.fingerprint(remarks, email)
    if by is not None and asked and meant != asked:
        raise RuleViolation(
            "look_first", _("Look at what we found about this address, then invite them if you meant to.")
        )
    return {"known": [each.key for each in remarks]} if remarks else {}


def _make_room(email: str, kind: str, college: College | None, now: datetime, *, by: User | None) -> None:
    """End the same invitation that has expired."""
    same = Invitation.objects.open().filter(email=email, kind=kind, college=college, expires_at__lte=now)
    for old in same.select_for_update(of=("self",)):
        _end(old, by=by)


@transaction.atomic
def send_again(invitation: Invitation, *, by: User | None) -> Invitation:
    """Email the same link, which works for as long as a new one. RuleViolation: may_not, settled."""
    _require(by, invitation.kind)
    invitation = _locked(invitation)
    invitation.expires_at = timezone.now() + _lasts()
    invitation.save(update_fields=["expires_at"])
    audit.record("invitation.send_again", invitation, by=by)
    _send(invitation)
    return invitation


@transaction.atomic
def end(invitation: Invitation, *, by: User) -> None:
    """The link gives nothing from now on. RuleViolation: may_not, settled."""
    _require(by, invitation.kind)
    _end(_locked(invitation), by=by)


@transaction.atomic
def open_account(invitation: Invitation) -> User:
    """The invited person's account, made if there is none. It has no role, and its address isn't confirmed yet.

    RuleViolation: not_open, closed_account.
    """
    invitation = _open(invitation)
    person = comparing.account_of(invitation.email)
    if person is None:
        person = User(email=invitation.email, full_name=invitation.name, language=invitation.language)
        person.set_unusable_password()
        person.save()
        audit.record("person.sign_up", person, by=person)
    if not person.is_active:
        raise RuleViolation(
            "closed_account", _("The account with this email address is closed. Write to the exchange team.")
        )
    return person


def is_for(invitation: Invitation, user: User) -> bool:
    """Whether the person has proved that the invited address is theirs."""
    return bool(EmailAddress.objects.filter(user=user, email__iexact=invitation.email, verified=True).exists())


@transaction.atomic
def accept(invitation: Invitation, *, by: User, full_name: str = "") -> None:
    """Give the role to the person, and end their sessions. Views ask for a fresh proof.

    RuleViolation: someone_else, not_open, own_role, withdrawn (who invited no longer may), has_it, and what the role
    refuses.
    """
    if not is_for(invitation, by):
        text = _("This invitation is for another email address. Nothing was changed.")
        raise RuleViolation("someone_else", text)
    invitation = _open(invitation)
    inviter = invitation.invited_by
    _refuse_own(inviter, by)  # the address may have become theirs since
    if inviter and not (inviter.is_active and invitation.kind in roles.grantable_by(inviter)):
        text = _("The person who invited you can no longer give this role. Ask the exchange team for a new invitation.")
        raise RuleViolation("withdrawn", text)
    person = User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    if full_name.strip() and full_name.strip() != person.full_name:
        accounts.update_profile(
            person, full_name=full_name.strip(), preferred_name=person.preferred_name, language=person.language
        )
    granting.give(person, invitation.kind, invitation.college, by=inviter)
    invitation.accepted_at, invitation.accepted_by = timezone.now(), person
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    changes = granting.changes_of(invitation.kind, invitation.college)
    audit.record("invitation.accept", invitation, by=person, changes=changes)
    audit.record("role.grant", person, by=inviter, changes=changes)
    accounts.end_sessions(person, by=inviter, reason="role granted")
    if inviter:
        outbox.queue("exchange/invitation_accepted", to=inviter, context={"newcomer": person, "invitation": invitation})
    _tell_both_roles(invitation, by=inviter, newcomer=person)


def why_closed(invitation: Invitation, user: User | None) -> str:
    """Why the link gives nothing now, "" while it does: "yours", "used", "ended" or "expired"."""
    if invitation.accepted_at:
        return "yours" if user == invitation.accepted_by else "used"
    if invitation.ended_at:
        return "ended"
    return "expired" if invitation.is_expired(timezone.now()) else ""


def _lasts() -> timedelta:
    return timedelta(days=int(facts.number("invitation.days")))


def _require(by: User | None, kind: str) -> None:
    if by is not None and kind not in roles.grantable_by(by):
        raise RuleViolation("may_not", _("You can’t give this role. Ask the technical owner."))


def _refuse_own(one: User | None, other: User | None) -> None:
    """Who invites and who is invited are two people, also where one has two accounts."""
    if one is not None and other is not None and same_person.may_be_one(one, other):
        raise RuleViolation("own_role", _("You can’t invite yourself to a role. Ask a colleague."))


def _require_another(email: str, kind: str, name: str, is_known: bool, by: User | None) -> None:
    """RuleViolation: may_not, own_role, who_is_it. On the server nobody is asked: whoever runs it has the database."""
    _require(by, kind)
    if by is None:
        return
    _refuse_own(comparing.account_of(email), by)
    if same_person.is_own(by, email=email):
        raise RuleViolation("own_role", _("You can’t invite yourself to a role. Ask a colleague."))
    if kind in OF_TWO and not (is_known and name):
        text = _("Enter their name, and check the box to say that you know them and that this address is theirs alone.")
        raise RuleViolation("who_is_it", text)


@transaction.atomic
def tell_of_owner(person: User, *, by: User) -> None:
    """Somebody became the technical owner without an invitation, in the admin."""
    for each in roles.coordinators_and_owners().exclude(pk=person.pk):
        outbox.queue("exchange/owner_made", to=each, context={"newcomer": person, "decided_by": by})


def _tell_both_roles(invitation: Invitation, *, by: User | None, newcomer: User | None = None) -> None:
    """`newcomer`: who has accepted; then whoever invited them has a message of their own."""
    if invitation.kind not in OF_TWO:
        return
    left_out = {each.pk for each in (newcomer, by if newcomer else None) if each}
    context = {"invitation": invitation, "inviter": by, "newcomer": newcomer}
    for person in roles.coordinators_and_owners().exclude(pk__in=left_out):
        outbox.queue("exchange/role_of_two", to=person, context=context)


def _locked(invitation: Invitation) -> Invitation:
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("college", "invited_by")
    invitation = rows.get(pk=invitation.pk)
    if not invitation.is_open:
        raise RuleViolation("settled", _("This invitation was already accepted or ended."))
    return invitation


def _open(invitation: Invitation) -> Invitation:
    """Locked, and neither used nor ended nor expired."""
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("college", "invited_by")
    invitation = rows.get(pk=invitation.pk)
    if why_closed(invitation, None):
        text = _("This invitation was used, ended or has expired. Ask the exchange team for a new one.")
        raise RuleViolation("not_open", text)
    return invitation


def _end(invitation: Invitation, *, by: User | None) -> None:
    invitation.ended_at, invitation.ended_by = timezone.now(), by
    invitation.save(update_fields=["ended_at", "ended_by"])
    audit.record("invitation.end", invitation, by=by)


def _send(invitation: Invitation) -> None:
    invitation.sent_at = timezone.now()
    invitation.save(update_fields=["sent_at"])
    to = outbox.Guest(email=invitation.email, language=invitation.language, name=invitation.name)
    outbox.queue("exchange/invitation", to=to, context={"invitation": invitation}, address=invitation.email)
