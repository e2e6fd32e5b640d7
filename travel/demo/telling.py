"""Stories with a name and a picture, one whose consent was withdrawn, projects at home, and certificates.

Through the actions, whose own time is then replaced. The pictures are drawn here, and their words say so.
"""

import io
import tomllib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from PIL import Image, ImageDraw

from applications.apply.actions import upload
from exchange.models import User
from travel.demo.people import FOLDER
from travel.models import FollowOnProject, Photo, Placement, Reflection, ReflectionConsent, Story, StoryUse, Trip
from travel.reflection import stories
from travel.reflection.actions import certificates, consents, photos, projects

Kind = ReflectionConsent.Kind
# of each summer's chosen stories, in the office's order: what their students agreed to beside the words
AGREED: tuple[tuple[Kind, ...], ...] = ((Kind.NAME, Kind.PICTURE), (Kind.NAME,), (Kind.PICTURE,))
CERTIFIED = 6
SIZE = (960, 720)
# by city: the sky, then each shape with its color, in hundredths of the picture
DRAWN: dict[str, tuple[str, list[tuple[str, Sequence[tuple[int, int]]]]]] = {
    "tokyo": (
        "#1d2a44",
        [
            *(("#31466b", [(x, 70), (x, top), (x + 9, top), (x + 9, 70)]) for x, top in ((5, 30), (18, 42), (60, 22))),
            *(("#42608f", [(x, 70), (x, top), (x + 12, top), (x + 12, 70)]) for x, top in ((32, 35), (76, 40))),
            ("#0f1728", [(0, 70), (100, 70), (100, 75), (0, 75)]),
            ("#e8b04a", [(12, 63), (64, 63), (68, 70), (12, 70)]),
            ("#24406a", [(0, 75), (100, 75), (100, 100), (0, 100)]),
        ],
    ),
    "giza": (
        "#f3d9a4",
        [
            ("#fff3d0", [(74, 14), (80, 10), (86, 14), (88, 21), (83, 27), (77, 27), (72, 21)]),
            ("#c8964f", [(8, 72), (34, 26), (60, 72)]),
            ("#b07f3f", [(44, 72), (66, 36), (88, 72)]),
            ("#99692f", [(74, 72), (87, 50), (100, 72)]),
            ("#d9ae69", [(0, 72), (100, 72), (100, 100), (0, 100)]),
        ],
    ),
    "athens": (
        "#bfe0f2",
        [
            ("#2e6f9e", [(0, 60), (100, 60), (100, 80), (0, 80)]),
            ("#a99a78", [(0, 100), (0, 74), (30, 52), (72, 52), (100, 78), (100, 100)]),
            ("#f7f1e3", [(32, 28), (51, 18), (70, 28)]),
            *(("#efe6d2", [(x, 52), (x, 29), (x + 4, 29), (x + 4, 52)]) for x in (34, 43, 52, 61)),
        ],
    ),
    "durango": (
        "#dfeaf0",
        [
            ("#8aa0a8", [(0, 80), (30, 30), (52, 58), (72, 22), (100, 76), (100, 100), (0, 100)]),
            *(("#2f5d43", [(x, 92), (x + 7, 48), (x + 14, 92)]) for x in (6, 24, 44, 62, 80)),
            ("#5b4a36", [(0, 92), (100, 92), (100, 100), (0, 100)]),
        ],
    ),
    "paris": (
        "#e9e4da",
        [
            ("#cfc6b5", [(0, 60), (0, 24), (100, 18), (100, 60)]),
            *(("#b5473c", [(x, 52), (x + 3, 42), (x + 20, 42), (x + 23, 52)]) for x in (4, 37, 70)),
            *(("#7a5b3a", [(x, 66), (x, 52), (x + 23, 52), (x + 23, 66)]) for x in (4, 37, 70)),
            ("#4f7f86", [(0, 72), (100, 72), (100, 100), (0, 100)]),
        ],
    ),
}


def write(summers: Sequence[Any], *, when: datetime, by: User) -> None:
    """`summers`: finished cycles, oldest first."""
    began, texts = timezone.now(), tomllib.loads((FOLDER / "telling.toml").read_text())
    for cycle in summers:
        chosen = Story.objects.filter(state=Story.State.CHOSEN, reflection__placement__trip__cycle=cycle)
        rows = list(chosen.select_related("reflection__placement__trip__city", "reflection__placement__application"))
        for story, kinds in zip(rows, AGREED, strict=False):
            _agree(story.reflection, kinds, texts["alt"])
        if cycle is summers[-1]:
            _take_back(rows[-1], cycle.code, by=by)
    _at_home(summers[-1].trips.order_by("leaves_on"), texts, when.date())
    _replace_times(began, when)


def _student(placement: Placement) -> User:
    return placement.application.person


def _agree(reflection: Reflection, kinds: Sequence[Kind], alts: dict[str, dict[str, str]]) -> None:
    student = _student(reflection.placement)
    if Kind.PICTURE in kinds:
        _photo(reflection, reflection.placement.trip.city.code, alts, by=student)
    consents.agree(reflection, {Kind.QUOTE, *kinds}, quote=reflection.quote, by=student)


def _take_back(story: Story, code: str, *, by: User) -> None:
    """Printed once, then withdrawn: the office's list says where it still is."""
    told = [each for each in stories.stories(stories.Audience.PUBLIC, "en") if each.code == story.code]
    stories.record_uses(told, f"outcomes-{code}.pdf", by=by)
    consents.withdraw(story.reflection, Kind.QUOTE, by=_student(story.reflection.placement))


def _at_home(trips: Sequence[Trip], texts: dict[str, Any], today: date) -> None:
    rows = Placement.objects.filter(trip__in=trips, returned_at__isnull=False)
    seats = list(rows.filter(application__answer_language="en").order_by("code"))  # as the projects are written
    for number, (row, placement) in enumerate(zip(texts["project"], seats, strict=False)):
        home, days = placement.trip.home_on, [timedelta(weeks=week) for week in row["weeks"]]
        starts, ends = home + days[0], home + days[-1] if len(days) > 1 else None
        state = row["state"] if starts <= today else FollowOnProject.State.PLANNED
        reached = row.get("people_reached") if state != FollowOnProject.State.PLANNED else None
        values = {"title": row["title"], "what": row["what"], "state": state, "people_reached": reached}
        project = projects.save(placement, {**values, "starts_on": starts, "ends_on": ends}, by=_student(placement))
        if not number:
            _photo(project, placement.trip.city.code, texts["alt"], by=_student(placement))
    for placement in seats[:CERTIFIED]:
        certificates.issue(placement, by=_student(placement))


def _photo(about: Reflection | FollowOnProject, city: str, alts: dict[str, dict[str, str]], *, by: User) -> None:
    sent = photos.add(about, upload.look(f"{city}.png", picture_of(city)), alt=alts[city][str(by.language)], by=by)
    photos.check_file(sent.pk)


def picture_of(city: str) -> bytes:
    """A few plain shapes, so that nobody takes it for a photo of somebody."""
    sky, shapes = DRAWN[city]
    width, height = SIZE
    image = Image.new("RGB", SIZE, sky)
    draw = ImageDraw.Draw(image)
    for color, points in shapes:
        draw.polygon([(x * width / 100, y * height / 100) for x, y in points], fill=color)
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def _replace_times(began: datetime, when: datetime) -> None:
    Photo.objects.filter(uploaded_at__gte=began).update(uploaded_at=when, checked_at=when)
    ReflectionConsent.objects.filter(given_at__gte=began).update(given_at=when)
    ReflectionConsent.objects.filter(withdrawn_at__gte=began).update(withdrawn_at=when)
    FollowOnProject.objects.filter(created_at__gte=began).update(created_at=when, changed_at=when)
    StoryUse.objects.filter(used_at__gte=began).update(used_at=when)
