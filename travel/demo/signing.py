"""The demo's forms: published for the current cycle, and signed by nearly all who have a spot."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from applications.models import Cycle
from exchange.models import User
from travel.demo.book import Book
from travel.demo.past import past
from travel.models import Contact, FormText, Placement, SigningLink
from travel.prepare.signing import actions as signing
from travel.prepare.signing import form_texts
from travel.prepare.signing.actions import Signature
from travel.prepare.signing.required import forms_of_contact

# all of them for some, the agreement alone for the others
SIGN_ALL = 8


def write(
    book: Book, cycle: Cycle, signers: Collection[Placement], *, all_of: int = SIGN_ALL, when: datetime, by: User
) -> None:
    """Published, then signed: every form by the first `all_of` students, the agreement by the others."""
    with past(when, book.draw):
        for text in cycle.form_texts.all():
            form_texts.publish(text, by=by)
        theirs = list(cycle.form_texts.filter(signer=FormText.Signer.STUDENT))
        for number, placement in enumerate(signers):
            student = placement.application.person
            for text in theirs if number < all_of else theirs[:1]:
                signature = Signature(seen=text.code, language=student.language, typed_name=student.full_name)
                signing.sign(placement, text.key, signature, by=student)


@contextmanager
def before_departure(cycle: Cycle) -> Iterator[None]:
    """As long as it lasts, no group of the cycle has left: the portal takes no signature from somebody who has."""
    left = {trip: trip.departed_at for trip in cycle.trips.filter(departed_at__isnull=False)}
    cycle.trips.update(departed_at=None)
    yield
    for trip, when in left.items():
        cycle.trips.filter(pk=trip.pk).update(departed_at=when)


def write_as_leaders(book: Book, cycle: Cycle, *, when: datetime) -> None:
    """Each leader signs theirs through a link, once the forms are published."""
    with past(when, book.draw):
        for leader in Contact.objects.filter(trip__cycle=cycle):
            dates = {"made_at": when, "sent_at": when, "expires_at": when + timedelta(days=30)}
            link = SigningLink.objects.create(contact=leader, language=leader.language, **dates)
            for form in forms_of_contact(leader):
                signature = Signature(seen=form.text.code, language=leader.language, typed_name=leader.name)
                signing.sign_as_contact(link, form.text.key, signature)
