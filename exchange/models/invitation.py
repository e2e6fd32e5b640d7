"""Who was invited to do what, and which roles have ended (docs/adr/0006)."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import links
from exchange.base.codes import new_code, new_token
from exchange.base.personal import Personal
from exchange.models.people import College, Language, Role, User

# no declared private link (docs/adr/0007): it gives a role to whoever signs in with the invited address
PURPOSE = "exchange.invitation"


class GrantKind(models.TextChoices):
    """What one person can give another: the roles, reading without a role, and looking after the portal itself."""

    ADVISOR = "advisor", _("advisor")
    READER = "reader", _("reader")
    COORDINATOR = "coordinator", _("coordinator")
    DIRECTOR = "director", _("director")
    OWNER = "owner", _("technical owner")


COLLEGE_WITH_ADVISORS = Q(kind="advisor", college__isnull=False) | (~Q(kind="advisor") & Q(college__isnull=True))
# what a coordinator gives and ends; everything else is the technical owner's
OF_COORDINATORS = frozenset({GrantKind.ADVISOR, GrantKind.READER})
# what takes two people is done by these: one person with two such accounts could do it alone
OF_TWO = frozenset({GrantKind.COORDINATOR, GrantKind.OWNER})


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All for a coordinator and the technical owner, none for anyone else."""
        is_theirs = isinstance(user, User) and (user.is_staff or user.has_role(Role.Kind.COORDINATOR))
        return self if is_theirs else self.none()

    def open(self) -> Self:
        return self.filter(accepted_at__isnull=True, ended_at__isnull=True)


class Invitation(models.Model):
    """An offer of a role to whoever proves that the address is theirs. It gives nothing until they accept.

    `sent_at`: when the link was last emailed; null if the person who invited passes it on. `invited_by` is empty for
    one made on the server (`manage.py start`).
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"email", "name", "accepted_by"}
    PERSONAL = Personal(
        kept_out="names who of the office invited you; the role that you were given is in Role and Event"
    )
    SIGNED_UNTIL: ClassVar[str] = "expires_at"

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    token = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    kind = models.CharField(max_length=12, choices=GrantKind)
    college = models.ForeignKey(College, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    email = models.EmailField()
    name = models.CharField(max_length=150, blank=True)
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    invited_at = models.DateTimeField(default=timezone.now)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ("-invited_at", "-pk")
        constraints = [
            models.CheckConstraint(name="invitation_only_advisors_have_a_college", condition=COLLEGE_WITH_ADVISORS),
            models.CheckConstraint(
                name="invitation_accepted_by_someone",
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_accepted_or_ended_not_both",
                condition=Q(accepted_at__isnull=True) | Q(ended_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="invitation_open_once",
                fields=["email", "kind"],
                condition=Q(college__isnull=True, accepted_at__isnull=True, ended_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="invitation_open_once_per_college",
                fields=["email", "kind", "college"],
                condition=Q(accepted_at__isnull=True, ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_absolute_url(self) -> str:
        return reverse("invitation-detail", args=[self.code])

    @property
    def link(self) -> str:
        """The whole address that the invited person opens."""
        return settings.SITE_URL + reverse("invitation", args=[links.sign(PURPOSE, self.token)])

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.ended_at is None

    def is_expired(self, now: datetime) -> bool:
        return self.is_open and self.expires_at <= now


class PastRoleQuerySet(models.QuerySet["PastRole"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All for a coordinator and the technical owner, none for anyone else."""
        is_theirs = isinstance(user, User) and (user.is_staff or user.has_role(Role.Kind.COORDINATOR))
        return self if is_theirs else self.none()


class PastRole(models.Model):
    """A role that a person had. `became`: the one they have instead, where they moved to another college.

    `handed`: what was handed on, by part (`exchange.people.roles.handing_on`), from which an undo gives back what it
    can.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal("kind college ended_at", of="user")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="past_roles")
    kind = models.CharField(max_length=12, choices=GrantKind)
    college = models.ForeignKey(College, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    became = models.ForeignKey(Role, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    handed = models.JSONField(default=dict, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = PastRoleQuerySet.as_manager()

    class Meta:
        ordering = ("-ended_at", "-pk")
        constraints = [
            models.CheckConstraint(name="pastrole_only_advisors_have_a_college", condition=COLLEGE_WITH_ADVISORS),
            models.CheckConstraint(
                name="pastrole_undone_by_someone",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.college or ''}".strip()
