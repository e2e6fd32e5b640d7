"""Models of what people sign on a phone: a form's words by version, a signature, and the private link of a signer
without an account."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from phonenumber_field.modelfields import PhoneNumberField

from applications.models import Cycle
from exchange.base import roles
from exchange.base.codes import new_code
from exchange.base.localized import Localized
from exchange.base.personal import Personal
from exchange.base.roles import Person
from exchange.models import Language, User
from exchange.models.private_link import UNKNOWN, LinkRow, LinkState, Purpose, end_of
from travel.models.partner import Contact, OfficeQuerySet
from travel.models.placement import Placement

LINK_DAYS = "signing.link_days"  # fact


class FormTextQuerySet(models.QuerySet["FormText"]):
    def current(self) -> Self:
        return self.filter(is_current=True)


class FormText(models.Model):
    """One version of a form that people sign, word for word. A published version is never changed or deleted: other
    words are a new version, and everyone signs again.

    `body`: paragraphs and lists (`exchange.base.paragraphs`).
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="the words that everyone signs; names who of the office published them")

    class Signer(models.TextChoices):
        STUDENT = "student", _("students")
        LEADER = "leader", _("trip leaders")
        HOST = "host", _("hosts")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="form_texts")
    key = models.SlugField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    order = models.PositiveSmallIntegerField()
    signer = models.CharField(_("who signs it"), max_length=8, choices=Signer, default=Signer.STUDENT)
    is_optional = models.BooleanField(default=False, help_text="No is an answer, and a yes can be withdrawn.")
    needs_guardian = models.BooleanField(default=False, help_text="A guardian signs as well, for someone under age.")
    title_en = models.CharField(max_length=120)
    title_es = models.CharField(max_length=120)
    body_en = models.TextField()
    body_es = models.TextField()
    confirmed_by = models.CharField(max_length=150, blank=True, help_text="Who checked the words, such as counsel.")
    is_current = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    title = Localized()
    body = Localized()

    objects = FormTextQuerySet.as_manager()

    class Meta:
        ordering = ("signer", "order", "key", "version")
        constraints = [
            models.UniqueConstraint(name="formtext_version_once", fields=["cycle", "key", "version"]),
            models.UniqueConstraint(
                name="formtext_one_current_version", fields=["cycle", "key"], condition=Q(is_current=True)
            ),
            models.UniqueConstraint(
                name="formtext_one_draft", fields=["cycle", "key"], condition=Q(published_at__isnull=True)
            ),
            models.CheckConstraint(
                name="formtext_current_is_published", condition=Q(is_current=False) | Q(published_at__isnull=False)
            ),
            models.CheckConstraint(
                name="formtext_published_at_and_by_together",
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=False),
            ),
            models.CheckConstraint(
                name="formtext_guardian_signs_with_a_student", condition=Q(needs_guardian=False) | Q(signer="student")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


def signed_path(signed: "SignedForm", filename: str) -> str:
    """A random key instead of a name, so that a leaked directory listing reveals nothing."""
    return f"signed/{signed.code[:2]}/{signed.code}.pdf"


class SignedFormQuerySet(models.QuerySet["SignedForm"]):
    def visible_to(self, user: Person) -> Self:
        """All for a coordinator; a student's own, with the guardian's. Advisors see only that a step is done."""
        if roles.is_coordinator(user):
            return self
        return self.filter(placement__application__student=user) if user.is_authenticated else self.none()

    def in_force(self) -> Self:
        """Neither withdrawn nor replaced by a newer signature."""
        return self.filter(withdrawn_at__isnull=True, replaced_at__isnull=True)


class SignedForm(models.Model):
    """One signature: which words in which language, by whom, when; and when it ended.

    `text_hash`: SHA-256 of exactly the words that were shown (`travel.prepare.signing.required.shown_words`). A
    task makes the PDF after the signature; `file_hash` is that file's SHA-256.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"typed_name", "is_other_name", "answer", "file"}
    PERSONAL = Personal(
        "placement signed_as answer language typed_name is_other_name signed_at text_hash withdrawn_at "
        "replaced_at file_hash form=text.title version=text.version text=text.body",
        left_out={"file": "the PDF is on your page of forms; its words are here"},
    )

    class By(models.TextChoices):
        STUDENT = "student", _("student")
        GUARDIAN = "guardian", _("parent or guardian")
        CONTACT = "contact", _("leader or host")

    class Choice(models.TextChoices):
        YES = "yes", _("yes")
        NO = "no", _("no")

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    text = models.ForeignKey(FormText, on_delete=models.PROTECT, related_name="signatures")
    placement = models.ForeignKey(
        Placement, on_delete=models.CASCADE, null=True, blank=True, related_name="signed_forms"
    )
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, blank=True, related_name="signed_forms")
    signed_as = models.CharField(max_length=8, choices=By)
    answer = models.CharField(max_length=3, choices=Choice, default=Choice.YES)
    language = models.CharField(max_length=2, choices=Language)
    typed_name = models.CharField(max_length=150, help_text="The signature, as typed.")
    is_other_name = models.BooleanField(default=False, help_text="Not the name we had; the signer said it is theirs.")
    signed_at = models.DateTimeField(default=timezone.now)
    text_hash = models.CharField(max_length=64)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True, help_text="Signed again.")
    file = models.FileField(upload_to=signed_path, max_length=200, blank=True)
    file_hash = models.CharField(max_length=64, blank=True)
    filed_at = models.DateTimeField(null=True, blank=True)

    objects = SignedFormQuerySet.as_manager()

    class Meta:
        ordering = ("-signed_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                name="signedform_one_in_force",
                fields=["placement", "text", "signed_as"],
                condition=Q(placement__isnull=False, withdrawn_at__isnull=True, replaced_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="signedform_one_in_force_of_a_contact",
                fields=["contact", "text"],
                condition=Q(contact__isnull=False, withdrawn_at__isnull=True, replaced_at__isnull=True),
            ),
            models.CheckConstraint(
                name="signedform_of_a_placement_or_a_contact",
                condition=Q(placement__isnull=False, contact__isnull=True, signed_as__in=["student", "guardian"])
                | Q(placement__isnull=True, contact__isnull=False, signed_as="contact"),
            ),
            models.CheckConstraint(name="signedform_has_a_name", condition=~Q(typed_name="")),
            models.CheckConstraint(
                name="signedform_ends_once", condition=Q(withdrawn_at__isnull=True) | Q(replaced_at__isnull=True)
            ),
            models.CheckConstraint(
                name="signedform_ends_after_it_was_signed",
                condition=(Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("signed_at")))
                & (Q(replaced_at__isnull=True) | Q(replaced_at__gte=F("signed_at"))),
            ),
            models.CheckConstraint(
                name="signedform_file_and_hash_together",
                condition=Q(file="", file_hash="", filed_at__isnull=True)
                | (~Q(file="") & ~Q(file_hash="") & Q(filed_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["signed_at"], name="signedform_without_file", condition=Q(filed_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.text_id} signed"

    @property
    def is_yes(self) -> bool:
        """Whether it allows what the form asks for: signed, not answered no and not withdrawn."""
        return self.answer == self.Choice.YES and self.withdrawn_at is None


class GuardianCall(models.Model):
    """A call of the office to a guardian whom no message reaches: who called whom, when, and what they said.

    `signed`: the answers to what was read to them, which count as theirs.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"spoke_with", "number", "said"}
    PERSONAL = Personal("placement called_at spoke_with number language said")

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="guardian_calls")
    called_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    called_at = models.DateTimeField(default=timezone.now)
    spoke_with = models.CharField(max_length=150, blank=True, help_text="Empty: no one answered.")
    number = models.CharField(max_length=40)
    language = models.CharField(max_length=2, choices=Language)
    said = models.TextField()
    signed = models.ManyToManyField(SignedForm, related_name="calls", blank=True)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ("-called_at", "-pk")
        constraints = [models.CheckConstraint(name="guardiancall_has_words", condition=~Q(number="") & ~Q(said=""))]

    def __str__(self) -> str:
        return f"call about {self.placement_id}"


class AgeAnswer(models.Model):
    """Whether a student will be of age on the day of departure, asked only where the application has no birth date.

    `asked_for`: the departure that the answer is about; `travel.prepare.signing.required.still_true` says when to ask
    again.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"is_of_age"}
    PERSONAL = Personal("placement is_of_age asked_for answered_at")

    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="age_answer")
    is_of_age = models.BooleanField()
    asked_for = models.DateField()
    answered_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"age of {self.placement_id}"


class SigningLink(LinkRow):
    """The private link of a guardian, a leader or a host: it opens their forms and nothing else.

    A guardian's has the name and address that the student gave, and no one but that address gets the link: where there
    is none it opens nothing, and the office calls them, `reach` says how. A contact's are the contact's.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = {"token", "name", "email", "phone", "reach"}
    PERSONAL = Personal(
        "placement name email phone reach language made_at sent_at expires_at stopped_at",
        left_out={"token": "it would open the link"},
    )
    PURPOSE = Purpose(
        name="travel.signing",
        opens=_("Forms for a parent, guardian, leader or host to sign"),
        route="travel:signing-list",
        ended={
            UNKNOWN: (
                pgettext_lazy("to guests", "We don’t recognize this link"),
                pgettext_lazy(
                    "to guests",
                    "Part of the address may be missing. Open the link from our message again, or copy all of it.",
                ),
            ),
            "expired": (
                pgettext_lazy("to guests", "This link has expired"),
                pgettext_lazy("to guests", "Ask the person who sent it to send it again."),
            ),
            "stopped": (
                pgettext_lazy("to guests", "This link is no longer in use"),
                pgettext_lazy("to guests", "Look for a newer message, or ask the person who sent it."),
            ),
            "over": (
                pgettext_lazy("to guests", "There’s nothing left to sign"),
                pgettext_lazy("to guests", "The trip has started. Thank you."),
            ),
        },
        follows="placement__trip",
        facts=(LINK_DAYS,),
        needs=(
            *("placement__application__student", "placement__trip__city"),
            *(f"contact__{of}__city" for of in ("trip", "candidate_for", "host")),
        ),
        works=(Q(contact__isnull=False) | ~Q(email="") | ~Q(phone=""))
        & (Q(placement=None) | Q(placement__application__withdrawn_at=None, placement__trip__departed_at=None)),
        named=("name", "contact__name", "placement__application__student__full_name"),
    )

    code = models.CharField(max_length=8, unique=True, default=new_code, editable=False)
    placement = models.OneToOneField(
        Placement, on_delete=models.CASCADE, null=True, blank=True, related_name="signing_link"
    )
    contact = models.OneToOneField(
        Contact, on_delete=models.CASCADE, null=True, blank=True, related_name="signing_link"
    )
    name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True)
    phone = PhoneNumberField(max_length=20, blank=True)
    reach = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    made_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="Empty where the office calls instead.")
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="The portal sent it once more by itself.")

    objects = OfficeQuerySet.as_manager()

    class Meta:
        constraints = [
            *LinkRow.Meta.constraints,
            models.CheckConstraint(
                name="signinglink_of_a_guardian_or_a_contact",
                condition=(Q(placement__isnull=False, contact__isnull=True) & ~Q(name=""))
                | Q(placement__isnull=True, contact__isnull=False, name="", email="", phone=""),
            ),
        ]

    def __str__(self) -> str:
        return f"signing link {self.code}"

    def ends(self, days: Mapping[str, int | Decimal]) -> datetime:
        """So many days after it was sent; a guardian's not after the departure."""
        last = timezone.localdate(self.sent_at or self.made_at) + timedelta(days=int(days[LINK_DAYS]))
        return end_of(min(last, self.placement.trip.leaves_on) if self.placement else last)

    @property
    def signer_name(self) -> str:
        return self.contact.name if self.contact else self.name

    @property
    def holder(self) -> str:
        of = self.placement.application.person if self.placement else None
        return f"{self.name} ({of})" if of else self.signer_name

    @property
    def speaks(self) -> str:
        return self.language

    @property
    def closed(self) -> LinkState | None:
        going = self.placement
        return LinkState.OVER if going and (going.application.withdrawn_at or going.trip.departed_at) else None

    @property
    def is_open(self) -> bool:
        return self.link_state == LinkState.OPEN

    @property
    def has_address(self) -> bool:
        """Whether somebody but the student has the link."""
        return bool(self.contact_id or self.email or self.phone)

    @property
    def opens(self) -> bool:
        return self.is_open and self.has_address

    @property
    def why_ended(self) -> str:
        """Without an address nobody got it."""
        return (LinkState.STOPPED if self.is_open else self.link_state).value
