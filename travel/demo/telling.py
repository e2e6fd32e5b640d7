"""Stories with a name and a picture, one whose consent was withdrawn, projects at home, and certificates.

The pictures are drawn here, and their words say so.
"""

import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw

from applications.apply.actions import upload
from exchange.models import User
from travel.demo.book import Book
from travel.demo.past import past
from travel.demo.people import read
from travel.models import FollowOnProject, Placement, Reflection, ReflectionConsent, Story, Trip
from travel.reflection import stories
from travel.reflection.actions import certificates, consents, photos, projects

Kind = ReflectionConsent.Kind
# of each summer's chosen stories, in the office's order: what their students agreed to beside the words
AGREED: tuple[tuple[Kind, ...], ...] = ((Kind.NAME, Kind.PICTURE), (Kind.NAME,), (Kind.PICTURE,))
CERTIFIED = 6
SIZE = (960, 720)


def write(book: Book, summers: Sequence[Any], *, when: datetime, by: User) -> None:
    """`summers`: finished cycles, oldest first."""
    with past(when, book.draw):
        _write(summers, read("telling.toml"), when.date(), by=by)


def _write(summers: Sequence[Any], texts: dict[str, Any], today: date, *, by: User) -> None:
    for cycle in summers:
        chosen = Story.objects.filter(state=Story.State.CHOSEN, reflection__placement__trip__cycle=cycle)
        rows = list(chosen.select_related("reflection__placement__trip__city", "reflection__placement__application"))
        for story, kinds in zip(rows, AGREED, strict=False):
            _agree(story.reflection, kinds, texts["picture"])
        if cycle is summers[-1]:
            _take_back(rows[-1], cycle.code, by=by)
    _at_home(summers[-1].trips.order_by("leaves_on"), texts, today)


def _student(placement: Placement) -> User:
    return placement.application.person


def _agree(reflection: Reflection, kinds: Sequence[Kind], pictures: dict[str, Any]) -> None:
    student = _student(reflection.placement)
    if Kind.PICTURE in kinds:
        _photo(reflection, reflection.placement.trip.city.code, pictures, by=student)
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
            _photo(project, placement.trip.city.code, texts["picture"], by=_student(placement))
    for placement in seats[:CERTIFIED]:
        certificates.issue(placement, by=_student(placement))


def _photo(about: Reflection | FollowOnProject, city: str, pictures: dict[str, Any], *, by: User) -> None:
    picture = pictures[city]
    file = upload.look(f"{city}.png", picture_of(picture))
    sent = photos.add(about, file, alt=picture[str(by.language)], by=by)
    photos.check_file(sent.pk)


def picture_of(picture: dict[str, Any]) -> bytes:
    """A few plain shapes, so that nobody takes it for a photo of somebody. Points are hundredths of the picture."""
    width, height = SIZE
    image = Image.new("RGB", SIZE, picture["sky"])
    draw = ImageDraw.Draw(image)
    for color, *points in picture["shapes"]:
        draw.polygon([(x * width / 100, y * height / 100) for x, y in points], fill=color)
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()
