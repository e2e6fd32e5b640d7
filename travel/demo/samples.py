"""The sample files of the demo's current cycle, which most of its readers have scored and talked about."""

import tomllib
from datetime import timedelta

from applications.models import NormingFile, NormingReading, NormingRemark
from exchange.base import audit
from travel.demo.book import Draw, at
from travel.demo.cycle import SetUp
from travel.demo.people import FOLDER
from travel.demo.scene import Scene

SEED = "samples"
PUBLISHED, SCORED = 36, (35, 34)  # days before the day of seeding: before the first draw
LATE = 3  # readers who have not done it
REMARK = "I took off a point until I read it again: the plan has a date."


def write(scene: Scene, to: SetUp) -> None:
    """Rows as the actions would have left them. A draw of its own: the rest of the demo stays as it is."""
    draw, book = Draw(SEED), scene.book
    cycle, criteria = to.cycle, [criterion.key for criterion in to.criteria]
    cycle.norming_published_at = at(book.day(-PUBLISHED), 10)
    cycle.save(update_fields=["norming_published_at"])
    audit.record("norming.publish", cycle, by=scene.office)
    rows = tomllib.loads((FOLDER / "samples.toml").read_text())["sample"]
    for order, row in enumerate(rows, start=1):
        file = NormingFile.objects.create(
            code=draw.code(),
            cycle=cycle,
            order=order,
            language=row["language"],
            answers=[{"question": each["question"], "text": each["text"].strip()} for each in row["answer"]],
            agreed_points=row["agreed"],
            agreed_note=row["note"],
        )
        readings = []
        for reader, _college in scene.seasoned_readers[:-LATE]:
            when = at(book.day(-draw.choice(SCORED)), draw.randint(9, 20), draw.randint(0, 59))
            points = {
                key: min(5, max(1, usual + draw.choice((-1, 0, 0, 0, 1))))
                for key, usual in zip(criteria, row["points"], strict=False)
            }
            readings.append(NormingReading(file=file, reader=reader, points=points, saved_at=when, locked_at=when))
        NormingReading.objects.bulk_create(readings)
        if order == 1:
            said_at = max(reading.locked_at for reading in readings) + timedelta(hours=2)
            NormingRemark.objects.create(file=file, by=readings[0].reader, text=REMARK, said_at=said_at)
