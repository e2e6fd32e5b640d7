"""What an invitation is compared with before it's sent: the account that signs in with its address, and other
invitations to it.

    comparing.register(of_student)  # an app says what makes an account a student's
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base import roles
from exchange.models import College, GrantKind, Invitation, Role, User
from exchange.people.roles import granting


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know before inviting. `stops`: it can't be done; else whoever invites says that it's meant.

    `href` and `link`: where it's looked at or done instead. `again`: the open invitation that can be sent again.
    """

    key: str
    text: str
    stops: bool = False
    href: str = ""
    link: str = ""
    again: Invitation | None = None


_of_students: list[Callable[[User, str], str]] = []


def register(of_student: Callable[[User, str], str]) -> None:
    """`of_student`: (person, kind) → what inviting this student as that would mean, in a sentence or two, or ""."""
    if of_student not in _of_students:
        _of_students.append(of_student)


def account_of(email: str) -> User | None:
    """The account that signs in with this address: its main one, or another that it confirmed."""
    confirmed = EmailAddress.objects.filter(email__iexact=email, verified=True).select_related("user").first()
    return confirmed.user if confirmed else User.objects.filter(email=email).first()


def addresses_of(person: User | None, email: str) -> set[str]:
    """`email`, and each other address that signs in to the same account."""
    if person is None:
        return {email}
    confirmed = EmailAddress.objects.filter(user=person, verified=True).values_list("email", flat=True)
    return {email, *(each.lower() for each in (*confirmed, person.email or ""))} - {""}


def look(email: str, kind: str, college: College | None) -> list[Remark]:
    """What there is to know, the worst first. Links lead to pages that whoever may invite may open."""
    email = email.strip().lower()
    person = account_of(email)
    found = [*_of_account(person, kind, college), *_of_invitations(addresses_of(person, email), kind, college)]
    return sorted(found, key=lambda each: not each.stops)


def fingerprint(remarks: Iterable[Remark], email: str) -> str:
    """Of what has to be said to be meant: whether it was this that the person saw. "" if nothing has to be."""
    asked = [each.text for each in remarks if not each.stops]
    return hashlib.sha256(repr((email.strip().lower(), asked)).encode()).hexdigest()[:16] if asked else ""


def _of_account(person: User | None, kind: str, college: College | None) -> list[Remark]:
    if person is None:
        return []
    page = reverse("person-detail", args=[person.code])
    link = _("Open the account of %(name)s") % {"name": person}
    if not person.is_active:
        text = _("The account with this address, %(name)s, is closed, so no invitation can be accepted there.")
        return [Remark("closed_account", text % {"name": person}, stops=True, href=page, link=link)]
    if granting.has(person, kind, college):
        text = _("%(name)s already has that role. There’s nothing to invite them to.")
        return [Remark("has_it", text % {"name": person}, stops=True, href=page, link=link)]
    if kind == GrantKind.READER and roles.can_read(person):
        text = _("%(name)s can read applications already, because of another role.")
        return [Remark("has_it", text % {"name": person}, stops=True, href=page, link=link)]
    found = [Remark("student", said, href=page, link=link) for each in _of_students if (said := each(person, kind))]
    return [*found, *_other_colleges(person, kind, college)]


def _other_colleges(person: User, kind: str, college: College | None) -> list[Remark]:
    if kind != GrantKind.ADVISOR or college is None:
        return []
    found = []
    held = Role.objects.filter(user=person, kind=Role.Kind.ADVISOR).select_related("college")
    for at in (role.college for role in held.order_by("college__name") if role.college):
        text = _(
            "%(name)s advises at %(first)s already. If they’ve left it for %(second)s, move them instead: they keep "
            "their account, and their work is handed on. Invite them only if they’ll advise at both."
        )
        href = reverse("role-move", args=[person.code, at.code]) + f"?to={college.code}"
        link = _("Move %(name)s to %(college)s") % {"name": person, "college": college.short_name}
        found.append(Remark("elsewhere", text % {"name": person, "first": at, "second": college}, href=href, link=link))
    return found


def _of_invitations(addresses: set[str], kind: str, college: College | None) -> list[Remark]:
    """Expired ones make room for a new one, so they aren't mentioned."""
    found, now = [], timezone.now()
    rows = Invitation.objects.open().filter(email__in=addresses, kind=kind, expires_at__gt=now)
    for each in rows.select_related("college").order_by("-invited_at", "-pk"):
        href, link = each.get_absolute_url(), _("Open the invitation")
        if each.college_id == (college and college.pk):
            text = _("%(email)s is already invited. You can send the invitation again.") % {"email": each.email}
            found.append(Remark("already_invited", text, stops=True, href=href, link=link, again=each))
            continue
        text = _(
            "%(email)s is already invited to advise at %(first)s and hasn’t accepted yet. If that was a mistake, end "
            "that invitation. Invite them only if they’ll advise at both."
        )
        found.append(Remark("elsewhere", text % {"email": each.email, "first": each.college}, href=href, link=link))
    return found
