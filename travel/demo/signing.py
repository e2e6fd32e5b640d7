"""The demo's forms: published for the current cycle, and signed by nearly all who have a spot."""

from collections.abc import Collection
from datetime import datetime

from django.utils import timezone

from applications.models import Cycle
from exchange.models import User
from travel.demo.journeys import Seat
from travel.models import ChecklistItem, FormText, Placement, SignedForm
from travel.prepare.actions import form_texts, signing
from travel.prepare.actions.signing import Signature

# all of them for some, the agreement alone for the others
SIGN_ALL = 8


def write_all(seats: Collection[Seat], *, since: datetime) -> None:
    """All forms, by everybody who leaves soon, as their checklists say."""
    began = timezone.now()
    for seat in seats:
        placement, student = seat.placement, seat.candidate.student
        for text in placement.trip.cycle.form_texts.filter(signer=FormText.Signer.STUDENT):
            signature = Signature(seen=text.code, language=student.language, typed_name=student.full_name)
            signing.sign(placement, text.key, signature, by=student)
    signed = SignedForm.objects.filter(signed_at__gte=began, placement__in=[seat.placement for seat in seats])
    signed.update(signed_at=since)


def write(cycle: Cycle, signers: Collection[Placement], *, when: datetime, by: User) -> None:
    """Through the actions, whose own time is then replaced: two demos of one day are alike."""
    began = timezone.now()
    texts = list(cycle.form_texts.all())
    for text in texts:
        form_texts.publish(text, by=by)
    theirs = [text for text in texts if text.signer == FormText.Signer.STUDENT]
    for number, placement in enumerate(signers):
        student = placement.application.person
        for text in theirs if number < SIGN_ALL else theirs[:1]:
            signature = Signature(seen=text.code, language=student.language, typed_name=student.full_name)
            signing.sign(placement, text.key, signature, by=student)
    FormText.objects.filter(published_at__gte=began).update(published_at=when)
    SignedForm.objects.filter(signed_at__gte=began).update(signed_at=when)
    ChecklistItem.objects.filter(done_at__gte=began, placement__in=signers).update(done_at=when)
