"""What an action refuses: with the code that it names, a sentence for the person, and nothing written."""

import datetime as dt

import pytest
from django.utils import timezone

from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from exchange.models.private_link import end_of
from tests.factories import UserFactory
from tests.factories_travel import (
    ContactFactory,
    FormTextFactory,
    PlacementFactory,
    SigningLinkFactory,
    born_on,
    in_days,
    travel_facts,
)
from tests.itineraries import LEAVES, RETURNS
from travel.models import FamilyLink, FormText, SigningLink, Trip
from travel.prepare.family import actions as family
from travel.prepare.signing import actions as signing
from travel.prepare.signing import form_texts, guardian
from travel.prepare.signing.actions import Signature

pytestmark = pytest.mark.django_db
NAME = "Marisol Reyes Ortega"
PARTS = [part.value for part in FamilyLink.Part]


@pytest.fixture(autouse=True)
def facts(db):
    travel_facts()


@pytest.fixture
def placement():
    return PlacementFactory(
        trip__leaves_on=in_days(LEAVES),
        trip__returns_on=in_days(RETURNS),
        application__student__full_name=NAME,
        application__student__email="marisol@example.edu",
    )


def refuses(code, act):
    """The action says no with this code and a whole sentence, and leaves no trace."""
    before = Event.objects.count(), Message.objects.count()
    with pytest.raises(RuleViolation) as caught:
        act()
    assert caught.value.code == code
    assert str(caught.value).endswith((".", "?")) and "%" not in str(caught.value)
    assert (Event.objects.count(), Message.objects.count()) == before


# --- Family -----------------------------------------------------------------------------------------


def linked(placement, **more):
    given = {"label": "Mom", "language": "en", "parts": PARTS, "ends_on": None, "by": placement.application.student}
    return family.make(placement, **given | more)


def over(placement):
    """Everything but the days since the return are past."""
    placement.trip.leaves_on, placement.trip.returns_on = in_days(-40), in_days(-30)
    placement.trip.save()
    return placement


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("no_parts", {"parts": []}),
        ("no_parts", {"parts": ["everything"]}),
        ("own_address", {"email": "Marisol@example.edu"}),
        ("bad_day", {"ends_on": "yesterday"}),
    ],
)
def test_a_link_for_family_that_cannot_be(placement, code, more):
    if "ends_on" in more:
        more = {"ends_on": in_days(-1)}

    refuses(code, lambda: linked(placement, **more))


def test_only_the_student_shows_the_trip_and_only_until_it_is_over(placement):
    link = linked(placement)
    other = UserFactory(coordinator=True)
    refuses("not_own", lambda: linked(placement, by=other))
    refuses("not_own", lambda: family.replace(link, by=other))

    link.placement = over(placement)
    refuses("over", lambda: linked(placement))
    refuses("over", lambda: family.replace(link, by=placement.application.student))


def test_no_link_is_made_for_a_trip_that_was_called_off(placement):
    closed = {"closed_at": timezone.now(), "closed_by": UserFactory(coordinator=True), "closed_reason": "A storm."}
    Trip.objects.filter(pk=placement.trip_id).update(**closed)

    refuses("over", lambda: linked(placement))


def test_a_link_that_was_ended_is_neither_changed_nor_replaced_and_five_are_enough(placement):
    student = placement.application.student
    link = linked(placement)
    family.end(link, by=student)
    family.end(link, by=student)  # safe to repeat
    assert Event.objects.filter(action="family.end_link", by=student).count() == 1
    given = {"label": "Dad", "language": "es", "parts": PARTS[:1], "ends_on": None}
    refuses("ended", lambda: family.change(link, **given, by=student))
    refuses("ended", lambda: family.replace(link, by=student))

    for number in range(family.LINKS_MAX):
        linked(placement, label=f"Cousin {number}")
    refuses("too_many", lambda: linked(placement, label="One more"))


def test_a_change_of_a_link_is_kept_and_recorded_with_what_it_shows(placement):
    student, link = placement.application.student, linked(placement)
    changed = family.change(
        link,
        label="  Dad  Reyes ",
        language="es",
        parts=PARTS[1::-1],
        ends_on=in_days(LEAVES),
        email="dad@example.org",
        by=student,
    )

    kept = FamilyLink.objects.get()
    assert (kept.label, kept.language, kept.parts, kept.email) == ("Dad Reyes", "es", PARTS[:2], "dad@example.org")
    assert kept.expires_at == end_of(in_days(LEAVES)) == changed.expires_at
    event = Event.objects.get(action="family.change_link")
    assert (event.by, event.changes, event.target_id) == (student, {"parts": PARTS[:2]}, kept.pk)
    family.change(
        changed, **{n: getattr(kept, n) for n in ("label", "language", "parts", "ends_on", "email")}, by=student
    )
    assert Event.objects.filter(action="family.change_link").count() == 1  # the same again is no change


# --- Guardians and signatures -----------------------------------------------------------------------


def minor(placement):
    after = placement.trip.leaves_on + dt.timedelta(days=1)
    born_on(placement.application, after.replace(year=after.year - 18).isoformat())
    return placement


def text_of(placement, key="agreement", **more):
    return FormTextFactory(cycle=placement.trip.cycle, key=key, **more)


def asked(placement, **more):
    given = {"name": "Lucía Reyes", "email": "lucia@example.org", "phone": "", "language": "es"}
    return guardian.name_guardian(placement, **given | {"by": placement.application.student} | more)


def test_a_guardian_who_cannot_be_named(placement):
    text_of(minor(placement), needs_guardian=True)

    refuses("not_own", lambda: asked(placement, by=UserFactory(coordinator=True)))
    refuses("no_name", lambda: asked(placement, name="  "))
    refuses("own_address", lambda: asked(placement, email="MARISOL@example.edu"))
    placement.trip.leaves_on = in_days(-1)
    placement.trip.save()
    refuses("over", lambda: asked(placement))


def test_a_guardians_link_ends_with_the_day_of_departure(placement):
    text_of(minor(placement), needs_guardian=True)
    days = int(guardian.facts.number(guardian.LINK_DAYS))

    def ends():
        return timezone.localtime(asked(placement, email=f"{placement.trip.leaves_on}@example.org").expires_at)

    placement.trip.leaves_on = in_days(days - 1)
    placement.trip.save()
    minor(placement)
    assert (ends().date(), ends().time()) == (in_days(days - 1), dt.time.max)
    placement.trip.leaves_on = in_days(days + 9)
    placement.trip.save()
    minor(placement)
    assert ends().date() == in_days(days)


def test_a_link_that_is_not_there_or_has_no_address_is_not_sent_again(placement):
    text_of(minor(placement), needs_guardian=True)
    student = placement.application.student
    refuses("ended", lambda: guardian.send_again(placement, by=student))
    asked(placement, email="", reach="At the bakery")
    refuses("no_address", lambda: guardian.send_again(placement, by=student))
    assert SigningLink.objects.get().sent_at is None
    refuses("not_own", lambda: guardian.send_again(placement, by=UserFactory()))
    guardian.end(placement, by=student)
    guardian.end(placement, by=student)  # safe to repeat
    event = Event.objects.get(action="guardian.end")
    assert (event.by, SigningLink.objects.get().stopped_by) == (student, student)
    refuses("ended", lambda: guardian.send_again(placement, by=student))


def test_a_signature_that_is_not_asked_for(placement):
    text = text_of(minor(placement), needs_guardian=True)
    link = asked(placement)
    signing.sign_as_guardian(link, text.key, Signature(text.code, "es", "Lucía Reyes"))
    other, contacts = (
        text_of(placement, "photos"),
        SigningLinkFactory(contact=ContactFactory(), placement=None, name="", email=""),
    )

    refuses("not_asked", lambda: signing.sign_as_guardian(link, other.key, Signature(other.code, "es", "Lucía Reyes")))
    refuses("not_asked", lambda: signing.sign_as_contact(contacts, "agreement", Signature(text.code, "en", "Bo")))
    refuses("ended", lambda: signing.sign_as_contact(link, "agreement", Signature(text.code, "en", "Bo")))
    refuses("ended", lambda: signing.sign_as_guardian(contacts, "agreement", Signature(text.code, "en", "Bo")))


def test_a_yes_is_taken_back_by_whoever_gave_it_and_only_where_the_trip_allows_it(placement):
    student = placement.application.student
    needed, photos = text_of(placement), text_of(placement, "photos", is_optional=True)
    signed, allowed = (
        signing.sign(placement, text.key, Signature(text.code, "en", NAME), by=student) for text in (needed, photos)
    )

    refuses("not_optional", lambda: signing.withdraw(signed, by=student))
    refuses("not_own", lambda: signing.withdraw(allowed, by=UserFactory(coordinator=True)))
    text_of(minor(placement), "pool", needs_guardian=True)
    link = asked(placement)
    refuses("ended", lambda: signing.withdraw(allowed, by=None, link=link))
    assert signing.withdraw(allowed, by=student)
    assert not signing.withdraw(allowed, by=student)
    event = Event.objects.get(action="signed_form.withdraw")
    assert (event.by, event.changes) == (student, {"form": "photos"})


# --- The words of forms -----------------------------------------------------------------------------


def test_words_that_are_signed_stay_and_words_in_one_language_are_not_published(placement):
    office = UserFactory(coordinator=True)
    published = text_of(placement)
    draft = form_texts.start_version(published, by=office)
    assert form_texts.start_version(published, by=office) == draft
    assert (draft.version, draft.title_en, draft.body_es) == (2, published.title_en, published.body_es)
    event = Event.objects.get(action="form_text.start_version")
    assert (event.by, event.changes) == (office, {"version": 2})

    refuses("published", lambda: form_texts.change_text(published, {"title_en": "New"}, seen="", by=office))
    refuses("published", lambda: form_texts.discard(published, by=office))
    FormText.objects.filter(pk=draft.pk).update(body_es="  ")
    refuses("no_words", lambda: form_texts.publish(draft, by=office))
    form_texts.discard(draft, by=office)
    form_texts.discard(draft, by=office)  # safe to repeat
    assert list(FormText.objects.all()) == [published]
    assert form_texts.publish(published, by=office) == 0
