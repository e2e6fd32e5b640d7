"""People who can sign in, their home colleges and their roles."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from exchange.base.codes import new_code
from exchange.base.personal import Personal
from exchange.base.sealed import SealedJSONField


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    SPANISH = "es", "Español"


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, email: str | None = None, phone: str | None = None, password: str | None = None, **fields: Any
    ) -> "User":
        user = self.model(email=self.normalize_email(email) or None, phone=phone or None, **fields)
        user.set_unusable_password() if password is None else user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password=password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in, with a code sent to their email or phone; there are no passwords.

    Staff need a second factor as well.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"email", "phone", "full_name", "preferred_name", "language"}
    PERSONAL = Personal("code email phone phone_verified_at full_name preferred_name language joined_at", of="pk")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    # null, not "", where absent: each is unique, and a constraint asks for one of them
    email = models.EmailField(_("email"), unique=True, null=True, blank=True)
    phone = PhoneNumberField(_("phone"), unique=True, null=True, blank=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    preferred_name = models.CharField(_("what we should call you"), max_length=60, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.ENGLISH)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May open the admin, for rare corrections.")
    joined_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="user_has_email_or_phone",
                condition=Q(email__isnull=False) | Q(phone__isnull=False),
                violation_error_message=_("Give an email address or a phone number."),
            ),
        ]
        # lists in the order of names; the indexes of a search by parts are in the migration exchange 0012
        indexes = [
            models.Index(fields=["full_name", "id"], name="user_by_name"),
            models.Index(fields=["id"], name="user_of_staff", condition=Q(is_staff=True)),
        ]

    def __str__(self) -> str:
        return self.full_name or self.preferred_name or self.email or str(self.phone)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower() if self.email else None
        self.phone = self.phone or None
        super().save(*args, **kwargs)

    def has_usable_password(self) -> bool:
        """Always False, whatever the column holds: no page may ask for a password."""
        return False

    @property
    def called(self) -> str:
        """The name for a greeting."""
        return self.preferred_name or self.full_name

    @property
    def introduced(self) -> str:
        """The full name for somebody who may know only one of the names: "Maria Lopez, who goes by Lupe".

        Ends a sentence or a line well; "who goes by" is left out if the full name begins with that name.
        """
        full, called = self.full_name.strip(), self.preferred_name.strip()
        if not full or not called or f"{full} ".casefold().startswith(f"{called} ".casefold()):
            return str(self) if full else self.called or str(self)
        return gettext("%(full_name)s, who goes by %(name)s") % {"full_name": full, "name": called}

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in (self.full_name or self.called).split()[:2]).upper()

    @cached_property
    def account_keys(self) -> list[int]:
        """Primary keys of this account and of those that were merged into it (docs/adr/0006)."""
        return [self.pk, *self.merges.in_force().values_list("closed", flat=True)]

    @cached_property
    def role_rows(self) -> list["Role"]:
        """The person's roles, read once per request."""
        return list(self.roles.all())

    def has_role(self, kind: str) -> bool:
        return any(role.kind == kind for role in self.role_rows)


class College(models.Model):
    """A home college of the students. `district`: empty if it's in none; colleges of one district spell it alike."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="names an advisor who signs reminders: about the college, not about you")

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(
        max_length=100, unique=True, error_messages={"unique": _("There’s already a college with this name.")}
    )
    short_name = models.CharField(max_length=30)
    mis_code = models.CharField(
        "state MIS code",
        max_length=3,
        unique=True,
        null=True,
        blank=True,
        error_messages={"unique": _("Another college has this state code.")},
    )
    place = models.CharField(max_length=60)
    district = models.CharField(max_length=100, blank=True)
    # that day, many students behind one network of the campus may sign up at once
    orientation_on = models.DateField(null=True, blank=True)
    # the advisor who signs reminders to its students; empty: the office signs
    named_advisor = models.ForeignKey("User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str, ...]:
        return (self.code,)


class Role(models.Model):
    """What a person may do. One person can have several roles; students have none."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal("kind college", of="user")

    class Kind(models.TextChoices):
        ADVISOR = "advisor", _("advisor")
        COORDINATOR = "coordinator", _("coordinator")
        DIRECTOR = "director", _("director")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    kind = models.CharField(max_length=12, choices=Kind)
    college = models.ForeignKey(College, on_delete=models.PROTECT, null=True, blank=True, related_name="roles")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="role_only_advisors_have_a_college",
                condition=Q(kind="advisor", college__isnull=False) | (~Q(kind="advisor") & Q(college__isnull=True)),
                violation_error_message=_("An advisor belongs to one college. Other roles don’t belong to any."),
            ),
            models.UniqueConstraint(
                name="role_once_per_person",
                fields=["user", "kind"],
                condition=Q(college__isnull=True),
                violation_error_message=_("This person already has that role."),
            ),
            models.UniqueConstraint(
                name="role_once_per_person_and_college",
                fields=["user", "kind", "college"],
                violation_error_message=_("This person already has that role."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.college or ''}".strip()


class SingleSignOn(models.Model):
    """How one college's people sign in with the college's own accounts. Set up by the technical owner in the admin."""

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    class Protocol(models.TextChoices):
        OIDC = "oidc", "OpenID Connect"
        SAML = "saml", "SAML"

    college = models.OneToOneField(College, on_delete=models.CASCADE, related_name="single_sign_on")
    protocol = models.CharField(max_length=4, choices=Protocol)
    is_on = models.BooleanField("offered on the sign-in page", default=False)
    domains = models.TextField(
        help_text="Domains of the addresses that the college itself gives out, one per line. It vouches for no others."
    )
    server_url = models.URLField(
        "server", help_text="OpenID Connect: the issuer’s address. SAML: the address for single sign-on (redirect)."
    )
    hosts = models.TextField(
        "other hosts",
        blank=True,
        help_text=(
            "OpenID Connect only: further hosts that this server’s addresses may be on, one per line. Most need none."
            " Google: oauth2.googleapis.com, openidconnect.googleapis.com, www.googleapis.com. Microsoft:"
            " graph.microsoft.com."
        ),
    )
    client_id = models.CharField(max_length=191, blank=True, help_text="OpenID Connect only.")
    client_secret = SealedJSONField(null=True, blank=True, help_text="OpenID Connect only. Stored encrypted.")
    entity_id = models.CharField("entity ID", max_length=255, blank=True, help_text="SAML only: of the college.")
    certificate = models.TextField(blank=True, help_text="SAML only: the college’s signing certificate (X.509, PEM).")
    uid_attribute = models.CharField(
        max_length=191, blank=True, help_text="SAML only: the attribute that never changes for a person. Empty: usual."
    )
    email_attribute = models.CharField(
        max_length=191, blank=True, help_text="SAML only: the attribute with the email address. Empty: the usual one."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="singlesignon_oidc_has_a_client",
                condition=~Q(protocol="oidc") | ~Q(client_id="") & Q(client_secret__isnull=False),
                violation_error_message="OpenID Connect needs the client ID and the client secret.",
            ),
            models.CheckConstraint(
                name="singlesignon_saml_has_a_certificate",
                condition=~Q(protocol="saml") | ~Q(entity_id="") & ~Q(certificate=""),
                violation_error_message="SAML needs the college’s entity ID and its certificate.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.college}: {self.get_protocol_display()}"

    def natural_key(self) -> tuple[str, ...]:
        return (self.college.code,)

    def vouches_for(self, email: str) -> bool:
        """Whether the address is in one of the domains; not in a domain below one of them."""
        name, at, domain = email.lower().partition("@")
        return bool(name and at) and domain in self.domains.lower().split()
