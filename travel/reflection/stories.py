"""Stories to show: the one place that pages, reports, exports and open data read them from.

    for told in stories(Audience.PUBLIC, "es", cycles=ids):
        told.quote, told.language, told.name, told.photo

Nothing is in here that isn't chosen, consented to and approved at this moment, so nothing that this returns may be
cached for longer than KEEP_SECONDS. Whatever prints a story for good calls `record_uses`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse

from exchange.base import audit
from exchange.models import User
from travel.models import Photo, ReflectionConsent, Story, StoryText, StoryUse

KEEP_SECONDS = 60  # a consent that was taken back is gone within five minutes from everything
Kind = ReflectionConsent.Kind


class Audience(StrEnum):
    PUBLIC = "public"  # anyone
    OFFICE = "office"  # also what waits for a student's word, to preview


@dataclass(frozen=True, slots=True)
class StoryPhoto:
    """`photo`: to read its file for a PDF; `href`: for a page."""

    photo: Photo
    href: str
    alt: str


@dataclass(frozen=True, slots=True)
class Told:
    """A story in one language. `name`: only with consent; otherwise it's empty, and a page says "a student".

    `own_quote`: for a translation, the approved words in the language in which it was told, if there are any.
    """

    code: str
    quote: str
    text: str
    language: str
    is_translation: bool
    name: str
    city: str
    country: str
    year: int
    cycle: int
    is_published: bool
    photo: StoryPhoto | None = None
    own_quote: str = ""
    own_language: str = ""


def stories(audience: str, language: str, *, cycles: Collection[int] | None = None) -> list[Told]:
    """In the office's order: those with words in this language first, then the others in their own.

    `cycles`: primary keys; None for all. One query.
    """
    rows = Story.objects.all() if audience == Audience.OFFICE else Story.objects.published()
    rows = rows.filter(state=Story.State.CHOSEN, reflection__placement__travelled_at__isnull=False)
    if cycles is not None:
        rows = rows.filter(reflection__placement__application__cycle__in=cycles)
    consents = ReflectionConsent.objects.in_force().filter(reflection=OuterRef("story__reflection"))
    agreed = {f"agreed_{kind}": Exists(consents.filter(kind=kind)) for kind in Kind}
    texts = (
        StoryText.objects.filter(story__in=rows.order_by())
        .annotate(**agreed)
        .select_related(
            *("story__reflection__photo", "story__reflection__placement__trip__city"),
            "story__reflection__placement__application__student",
        )
    )
    by_story = groupby(texts.order_by("story__order", "story", "language"), key=lambda text: text.story_id)
    told = [each for _story, some in by_story if (each := _told(list(some), audience, language))]
    return sorted(told, key=lambda each: each.language != language)


def _told(texts: list[StoryText], audience: str, language: str) -> Told | None:
    """All texts of one story, with what its student agrees to."""
    story = texts[0].story
    reflection = story.reflection
    agreed = {kind for kind in Kind if getattr(texts[0], f"agreed_{kind}")}
    texts = [each for each in texts if each.approved_at or (audience == Audience.OFFICE and each.waits)]
    texts = [each for each in texts if Kind.NAME in agreed or not names_in(story, each)]
    own = reflection.language or reflection.placement.application.answer_language
    text = min(texts, key=lambda each: (each.language != language, each.language != own), default=None)
    if text is None:
        return None
    first = next((each for each in texts if each.language == own and each is not text), None)
    student, trip = reflection.placement.application.student, reflection.placement.trip
    photo: Photo | None = getattr(reflection, "photo", None)
    shows = photo if photo and photo.is_kept and Kind.PICTURE in agreed else None
    return Told(
        code=story.code,
        quote=text.quote,
        text=text.text,
        language=text.language,
        is_translation=text.language != own,
        name=_first_name(student) if Kind.NAME in agreed and student else "",
        city=trip.city.name,
        country=str(trip.city.country),
        year=trip.home_on.year,
        cycle=reflection.placement.application.cycle_id,
        is_published=bool(text.approved_at) and Kind.QUOTE in agreed,
        photo=StoryPhoto(shows, reverse("travel:story-picture", args=[story.code]), shows.alt) if shows else None,
        own_quote=first.quote if first else "",
        own_language=own if first else "",
    )


def _first_name(student: User) -> str:
    return str(student.preferred_name or student.full_name.partition(" ")[0])


def names_in(story: Story, text: StoryText) -> set[str]:
    """The student's names that the words say."""
    student = story.reflection.placement.application.student
    if student is None:
        return set()
    names = {word.casefold() for word in f"{student.full_name} {student.preferred_name}".split() if len(word) > 2}
    words = f"{text.quote} {text.text}".casefold()
    return {name for name in names if name in words}


def picture(code: str) -> Photo | None:
    """The picture of a published story, if its student agreed to show it."""
    showing = ReflectionConsent.objects.in_force().filter(kind=Kind.PICTURE)
    story = Story.objects.published().filter(code=code, reflection__consents__in=showing).first()
    return Photo.objects.kept().filter(reflection=story.reflection_id).first() if story else None


@transaction.atomic
def record_uses(told: Iterable[Told], where: str, *, by: User | None) -> None:
    """Keep that these stories went out in something that can't be called back. Once a file and language."""
    codes = {each.code: each.language for each in told}
    for story in Story.objects.filter(code__in=codes):
        said = {"story": story, "where": where, "language": codes[story.code]}
        if not StoryUse.objects.filter(**said).exists():
            StoryUse.objects.create(**said, by=by)
            audit.record("story.use", story, by=by, changes={"where": where})


def used_though_taken_back() -> list[StoryUse]:
    """What was printed of stories that may not be shown any longer: for the office, newest first."""
    rows = StoryUse.objects.exclude(story__in=Story.objects.published())
    return list(rows.select_related("story__reflection__placement__trip__city", "by"))
