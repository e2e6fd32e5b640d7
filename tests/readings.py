"""Locked reviews with given points, and a cycle with enough reviews to adjust its scores."""

import random

from applications.models import Rating, Review, ScoresFile
from applications.reading.actions.review import work_out_scores
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, AssignmentFactory


def read_by(application, reader, points):
    """A locked review with these points, one for each criterion."""
    criteria = list(application.cycle.criteria.all())
    review = Review.objects.create(
        assignment=AssignmentFactory(application=application, reader=reader), locked_at=application.submitted_at
    )
    Rating.objects.bulk_create(
        Rating(review=review, criterion=criterion, points=value)
        for criterion, value in zip(criteria, points, strict=True)
    )


def read_cycle(cycle, readers, *, size=16):
    """A cycle with this many applications and three readers each; the first reader is strict."""
    draw = random.Random(7)  # noqa: S311 -- no secret
    applications = [ApplicationFactory(submitted=True, cycle=cycle) for _ in range(size)]
    criteria = cycle.criteria.count()
    for number, application in enumerate(applications):
        strength = draw.gauss(3.2, 1)
        for place in range(3):
            at = (number + place) % len(readers)
            given = [strength + draw.gauss(0, 0.5) - (1.5 if at == 0 else 0) for _ in range(criteria)]
            read_by(application, readers[at], [min(5, max(1, round(each))) for each in given])
        work_out_scores(application)
    return applications


def published(cycle) -> ScoresFile:
    """Inserts the row, without the actions that lead to it."""
    text = "application,reader,criterion,points\na1,r1,purpose,4\n"
    said = {
        "text": text,
        "sha256": "a" * 64,
        "applications": 1,
        "readers": 1,
        "files_min": 8,
        "percent": 80,
        "found": "",
    }
    return ScoresFile.objects.get_or_create(cycle=cycle, defaults={**said, "published_by": UserFactory()})[0]
