"""Actions of whoever signs: a signature on the current words, its withdrawal, and the PDF that a task makes of it.

A student signs by their account, a guardian, a leader or a host through their own private link; a guardian whom no
message reaches says it to the office on the phone. Each action checks again under lock that the words are the current
ones and that the link still works.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from applications.standing import Act, may
from exchange.background import dispatch
from exchange.base import audit, office_tasks, roles
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.files.documents import pdf_of
from exchange.files.storage import no_orphans
from exchange.guests import links
from exchange.messages.phone_numbers import to_e164
from exchange.models import Language, OfficeTask, User
from exchange.people.second import same_person
from travel.base.trip_stage import placed_standing
from travel.models import AgeAnswer, Contact, FormText, GuardianCall, Placement, SignedForm, SigningLink
from travel.models.checklist import StepFields
from travel.passport.case.replan import follow_person
from travel.prepare.checklist import actions as checklist
from travel.prepare.signing import documents
from travel.prepare.signing.required import forms_of, forms_of_contact
from travel.prepare.signing.rules import hash_of, resembles

LOST_AFTER = timedelta(minutes=5)
By, Choice, Evidence = SignedForm.By, SignedForm.Choice, StepFields.Evidence


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signer typed. `seen`: the code of the version that the page showed; `language`: the one it was in.

    `is_my_name`: they have said that the name is theirs although it isn't the one we have.
    """

    seen: str
    language: str
    typed_name: str
    answer: str = Choice.YES
    is_my_name: bool = False

    @property
    def name(self) -> str:
        return " ".join(self.typed_name.split())


@transaction.atomic
def sign(placement: Placement, key: str, signature: Signature, *, by: User) -> SignedForm:
    """The student signs. The same again changes nothing.

    RuleViolation: not_own, not_now, newer_words, no_name, other_name.
    """
    placement = lock(placement)
    _require_own(placement, by)
    _require_open(placement)
    signed = _store(
        _text(placement.trip.cycle_id, key, signature),
        signature,
        known=placement.application.person.full_name,
        placement=placement,
        signed_as=By.STUDENT,
        by=by,
    )
    settle(placement, by=by)
    return signed


@transaction.atomic
def sign_as_guardian(link: SigningLink, key: str, signature: Signature) -> SignedForm:
    """A parent or guardian signs through the link that was sent to them.

    RuleViolation: ended, not_now, newer_words, no_name, other_name, not_asked.
    """
    locked = links.locked(link)
    if locked.placement is None:
        raise RuleViolation("ended", ended())
    placement = lock(locked.placement)
    _require_open(placement)
    text = _text(placement.trip.cycle_id, key, signature)
    if not any(each.text.pk == text.pk for each in forms_of(placement).for_guardian):
        raise RuleViolation("not_asked", pgettext("to guests", "There’s nothing to sign here."))
    signed = _store(text, signature, known=locked.name, placement=placement, signed_as=By.GUARDIAN, by=None)
    settle(placement, by=None)
    return signed


@dataclass(frozen=True, slots=True)
class Call:
    """What was typed about a call. `spoke_with`: "" if no one answered. `answers`: yes or no by the code of the version
    that was read to them; what wasn't read isn't there."""

    spoke_with: str
    number: str
    language: str
    said: str
    answers: dict[str, str]


@transaction.atomic
def record_call(placement: Placement, call: Call, *, by: User) -> GuardianCall:
    """Somebody of the office has called. Each answer counts as the guardian's; a call without one is kept as well.

    RuleViolation: not_office, own, not_now, no_call, own_number, no_words, no_name, newer_words.
    """
    placement = lock(placement)
    link = _require_call(placement, call, by)
    kept = GuardianCall.objects.create(
        placement=placement,
        called_by=by,
        spoke_with=call.spoke_with.strip(),
        number=call.number.strip(),
        language=call.language,
        said=call.said.strip(),
    )
    kept.signed.set(_heard(placement, call, link, by))
    audit.record("guardian.call", kept, by=by, changes={"forms": sorted(call.answers)})
    settle(placement, by=by)
    if all(state.guardian for state in forms_of(placement).for_guardian):
        for task in OfficeTask.objects.open().filter(source=key_of(link)):
            office_tasks.finish(task, by=by)
    return kept


def _heard(placement: Placement, call: Call, link: SigningLink, by: User) -> list[SignedForm]:
    """A no to what the trip needs isn't an answer: it stays open. RuleViolation: newer_words, no_name."""
    texts = {state.text.code: state.text for state in forms_of(placement).for_guardian}
    if not texts.keys() >= call.answers.keys():
        raise RuleViolation("newer_words", _("A form changed while you were on the phone. Read them the new version."))
    signed = []
    for code, answer in call.answers.items():
        if answer == Choice.YES or texts[code].is_optional:
            signature = Signature(code, call.language, call.spoke_with, answer, is_my_name=True)
            text = _text(placement.trip.cycle_id, texts[code].key, signature)
            signed.append(_store(text, signature, known=link.name, placement=placement, signed_as=By.GUARDIAN, by=by))
    return signed


def _require_call(placement: Placement, call: Call, by: User) -> SigningLink:
    """The guardian who is to be called. RuleViolation: as `record_call`, but newer_words."""
    if not roles.is_coordinator(by):
        raise RuleViolation("not_office", _("Only the exchange team can do this."))
    student = placement.application.person
    if same_person.may_be_one(student, by):
        raise RuleViolation("own", _("You can’t answer for your own parent or guardian. Ask a colleague."))
    _require_open(placement)
    link = SigningLink.objects.select_for_update(of=("self",)).filter(placement=placement, stopped_at=None).first()
    if link is None or link.has_address:
        raise RuleViolation(
            "no_call", _("The student gave us an address in the meantime, or named no one. Don’t call.")
        )
    if same_person.is_own(student, phone=to_e164(call.number) or ""):
        raise RuleViolation(
            "own_number", _("That’s the student’s own number. Call their parent or guardian on another.")
        )
    if not (call.said.strip() and call.number.strip()):
        raise RuleViolation("no_words", _("Write down which number you called and what they said."))
    return link


@transaction.atomic
def sign_as_contact(link: SigningLink, key: str, signature: Signature) -> SignedForm:
    """A leader or a host signs. RuleViolation: ended, newer_words, no_name, other_name, not_asked."""
    locked = links.locked(link)
    if locked.contact is None:
        raise RuleViolation("ended", ended())
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=locked.contact.pk)
    state = next((each for each in forms_of_contact(contact) if each.text.key == key), None)
    if state is None:
        raise RuleViolation("not_asked", pgettext("to guests", "There’s nothing to sign here."))
    text = _text(state.text.cycle_id, key, signature)
    return _store(text, signature, known=contact.name, contact=contact, signed_as=By.CONTACT, by=None)


@transaction.atomic
def withdraw(signed: SignedForm, *, by: User | None, link: SigningLink | None = None) -> bool:
    """Take back a yes to an optional form, by whoever gave it. Returns whether it was in force. Safe to repeat.

    RuleViolation: not_own, ended, not_optional.
    """
    locked = SignedForm.objects.select_for_update(of=("self",)).select_related("text").get(pk=signed.pk)
    if link is not None:
        owner = links.locked(link).placement_id if locked.signed_as == By.GUARDIAN else None
        if owner is None or owner != locked.placement_id:
            raise RuleViolation("ended", ended())
    elif locked.placement is None or locked.signed_as != By.STUDENT:
        raise RuleViolation("not_own", _("Only the person who signed can withdraw it."))
    else:
        _require_own(locked.placement, by)
    if not locked.text.is_optional:
        raise RuleViolation("not_optional", _("The trip needs this form, so it can’t be withdrawn here. Ask us."))
    if locked.withdrawn_at or locked.replaced_at or not locked.is_yes:
        return False
    locked.withdrawn_at = timezone.now()
    locked.save(update_fields=["withdrawn_at"])
    audit.record("signed_form.withdraw", locked, by=by, changes={"form": locked.text.key})
    return True


@transaction.atomic
def say_age(placement: Placement, *, is_of_age: bool, by: User) -> AgeAnswer:
    """Store whether the student will be of age on the day of departure. RuleViolation: not_own, not_now."""
    placement = lock(placement)
    _require_own(placement, by)
    _require_open(placement)
    answer, _is_new = AgeAnswer.objects.update_or_create(
        placement=placement,
        defaults={
            "is_of_age": is_of_age,
            "asked_for": placement.trip.leaves_on,
            "answered_at": timezone.now(),
        },
    )
    audit.record("signed_form.say_age", answer, by=by)
    follow_person(placement, by=by)
    settle(placement, by=by)
    return answer


def settle(placement: Placement, *, by: User | None) -> None:
    """Bring the checklist in line: a step that asks for a form is done once everyone who must has signed it."""
    for state in forms_of(placement).states:
        act = checklist.fulfil if state.is_done else checklist.unfulfil
        act(placement, evidence=Evidence.SIGNATURE, key=state.text.key, by=by)


# --- The file ---------------------------------------------------------------------------------------


def file_signature(signed_id: int) -> bool:
    """Make the PDF of a signature and store it with its checksum. Returns whether this call did; may run twice."""
    found = SignedForm.objects.filter(pk=signed_id, filed_at=None)
    signed = found.select_related("text__cycle", "placement__trip__city", "contact").first()
    if signed is None:
        return False
    content = pdf_of(documents.signed_form(signed))
    with no_orphans() as note:
        signed.file.save("file", ContentFile(content), save=False)
        note(signed.file.storage, signed.file.name)
        stored = SignedForm.objects.filter(pk=signed.pk, filed_at=None).update(
            file=signed.file.name, file_hash=hashlib.sha256(content).hexdigest(), filed_at=timezone.now()
        )
    if not stored:  # another worker was faster
        signed.file.storage.delete(str(signed.file.name))
    return bool(stored)


def look_after_files(limit: int = 100) -> int:
    """Called by beat: ask again for files that no task has made. Returns how many."""
    lost = SignedForm.objects.filter(filed_at=None, signed_at__lt=timezone.now() - LOST_AFTER).order_by("signed_at")
    ids = list(lost.values_list("pk", flat=True)[:limit])
    for pk in ids:
        dispatch.send("travel.file_signature", signed_id=pk)
    return len(ids)


# --- What they have in common -----------------------------------------------------------------------


def lock(placement: Placement) -> Placement:
    found = Placement.objects.select_for_update(of=("self",))
    return found.select_related("trip", "application__student").get(pk=placement.pk)


def ended() -> str:
    return pgettext("to guests", "This link no longer works. Nothing was changed.")


def _require_own(placement: Placement, by: User | None) -> None:
    if by is None or placement.application.student_id != by.pk:
        raise RuleViolation("not_own", _("Only the student can sign this."))


def _require_open(placement: Placement) -> None:
    if not may(placed_standing(placement), Act.CHECKLIST):
        raise RuleViolation("not_now", _("There’s nothing to sign for this trip now."))


def _text(cycle_id: int, key: str, signature: Signature) -> FormText:
    """The current words, locked so that no other version is published meanwhile. RuleViolation: newer_words."""
    current = FormText.objects.select_for_update(of=("self",)).filter(cycle=cycle_id, key=key, is_current=True).first()
    if current is None or current.code != signature.seen:
        raise RuleViolation(
            "newer_words",
            _("This form changed while it was open, so nothing was signed. The new version is below."),
        )
    return current


def _store(
    text: FormText,
    signature: Signature,
    *,
    known: str,
    signed_as: str,
    by: User | None,
    placement: Placement | None = None,
    contact: Contact | None = None,
) -> SignedForm:
    is_other_name = _is_other_name(signature, known)
    answer = signature.answer if text.is_optional and signature.answer in Choice.values else Choice.YES
    language = signature.language if signature.language in Language.values else Language.ENGLISH
    now = timezone.now()
    there = SignedForm.objects.select_for_update(of=("self",)).in_force()
    there = there.filter(placement=placement, contact=contact, signed_as=signed_as, text__key=text.key)
    for before in there.filter(text__cycle=text.cycle_id):
        if before.text_id == text.pk and before.answer == answer:
            return before
        before.replaced_at = now
        before.save(update_fields=["replaced_at"])
    signed = SignedForm.objects.create(
        text=text,
        placement=placement,
        contact=contact,
        signed_as=signed_as,
        answer=answer,
        language=language,
        typed_name=signature.name,
        is_other_name=is_other_name,
        signed_at=now,
        text_hash=hash_of(getattr(text, f"title_{language}"), getattr(text, f"body_{language}")),
    )
    changes = {"form": text.key, "version": text.version, "language": language, "signed_as": signed_as}
    audit.record("signed_form.sign", signed, by=by, changes=changes)
    dispatch.send_after_commit("travel.file_signature", signed_id=signed.pk)
    return signed


def _is_other_name(signature: Signature, known: str) -> bool:
    """Whether the typed name isn't the known one. RuleViolation: no_name; other_name, until the signer confirms it."""
    if not signature.name:
        raise RuleViolation("no_name", _("A signature needs a name."))
    is_other = not resembles(signature.name, known)
    if is_other and not signature.is_my_name:
        raise RuleViolation("other_name", _("Check the name."))
    return is_other
