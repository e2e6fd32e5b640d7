"""Students' answers, photos and consents for tests, as the actions leave them."""

import tomllib

from django.core.files.base import ContentFile
from django.utils import timezone

from exchange.models import ConsentText
from tests.applications import upload_samples as samples
from tests.factories import UserFactory
from travel.models import FollowOnProject, Photo, Reflection, ReflectionConsent, ReflectionPrompt, Story, StoryText
from travel.office.reference import loading as reference

QUOTE = "Nobody sits down to eat there, so I stood."
ALT = "A stall with paper lanterns in the rain"


def consent_texts():
    """The current words, as `load_reference` writes them. Safe to repeat."""
    rows = tomllib.loads((reference.FOLDER / "us/consent_texts.toml").read_text())
    for row in rows["text"]:
        source, dates = rows["source"][row.pop("source")], dict(rows["defaults"])
        key = {"key": row.pop("key"), "version": row.pop("version")}
        ConsentText.objects.get_or_create(**key, defaults={**dates, **source, **row})


def prompt_of(placement, key="after", **more):
    words = {"order": 1, "moment": "after", "days": 14, "text_en": "One moment", "text_es": "Un momento"}
    return ReflectionPrompt.objects.get_or_create(cycle=placement.trip.cycle, key=key, defaults={**words, **more})[0]


def quoted(placement, quote=QUOTE, *, kinds=("quote",), prompt=None, **more):
    """An answer that anyone may read, with these consents in force."""
    consent_texts()
    words = {"text": f"The market at five. {quote}", "quote": quote, "privacy": "public", "language": "en"}
    reflection = Reflection.objects.create(
        placement=placement, prompt=prompt or prompt_of(placement), **{**words, **more}
    )
    for kind in kinds:
        text = ConsentText.objects.get(key=f"story_{kind}", is_current=True)
        ReflectionConsent.objects.create(reflection=reflection, kind=kind, text=text, language="en")
    return reflection


def photo_of(about, alt=ALT, content=None):
    """A photo that the check kept."""
    kind = "reflection" if isinstance(about, Reflection) else "project"
    named = {"code": f"{about.pk:0>30}{kind[:2]}", "original_name": "a.jpg", "digest": kind}
    photo = Photo(**named, alt=alt, content_type="image/jpeg", size=9, state="kept")
    setattr(photo, kind, about)
    photo.checked_at = timezone.now()
    photo.file.save("file", ContentFile(content or samples.picture()), save=False)
    photo.save()
    return photo


def project_of(placement, **more):
    words = {"title": "Soup on Saturdays", "what": "Thirty bowls at the library.", "state": "under_way"}
    return FollowOnProject.objects.create(placement=placement, **{**words, **more})


def told(reflection, *, order=1, state="chosen", language="en", quote="", text="", approved=True):
    """The office chose this answer, and its student approved the words."""
    by = reflection.placement.placed_by or UserFactory(coordinator=True)
    story = Story.objects.get_or_create(
        reflection=reflection, defaults={"order": order, "state": state, "added_by": by}
    )[0]
    approved_at = timezone.now() if approved else None
    words = {"quote": quote or reflection.quote, "text": text, "approved_at": approved_at, "proposed_by": by}
    StoryText.objects.create(story=story, language=language, **words)
    return story
