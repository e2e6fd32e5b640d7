"""How each text stands: what is said now, whose words they are, and what needs a look. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from exchange.models import Wording
from exchange.wording.own import Key, can_be_said
from exchange.wording.texts import Text, texts

type FourTexts = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """`row`: its newest version, if the office ever wrote one."""

    text: Text
    row: Wording | None

    @property
    def seen(self) -> int:
        """Which version it is; 0 if there is none."""
        return self.row.pk if self.row else 0

    @property
    def is_own(self) -> bool:
        return self.row is not None and not self.row.is_shipped

    @property
    def words(self) -> FourTexts:
        return self.row.words if self.row and self.is_own else self.text.shipped

    @property
    def is_spanish_older(self) -> bool:
        return self.row is not None and self.row.is_spanish_older

    @property
    def is_updated(self) -> bool:
        """The portal's own text has changed since the office wrote this."""
        return self.row is not None and self.is_own and self.row.shipped != self.text.shipped


def of(wanted: Iterable[Text]) -> dict[Key, Standing]:
    """By text, in one query."""
    found = list(wanted)
    rows = Wording.objects.newest().filter(source__in=[text.source for text in found]).select_related("by")
    return among(rows, found)


def among(rows: Iterable[Wording], wanted: Iterable[Text]) -> dict[Key, Standing]:
    """As `of`, from the newest versions."""
    by_key = {row.key: row for row in rows}
    return {text.key: Standing(text, by_key.get(text.key)) for text in wanted}


def resting(rows: Iterable[Wording]) -> list[Wording]:
    """Texts of the office whose English an update has changed or taken away: said nowhere, and kept."""
    return [row for row in rows if not row.is_shipped and (row.key not in texts() or not can_be_said(row.words))]


def versions_of(text: Text) -> QuerySet[Wording]:
    """Newest first."""
    return Wording.objects.filter(context=text.context, source=text.source).order_by("-pk")


def at_version(stands: Standing, seen: int) -> FourTexts:
    """What was said when this version was the newest."""
    if seen == stands.seen or stands.row is None:
        return stands.words
    row = versions_of(stands.text).filter(pk=seen).first()
    return row.words if row and not row.is_shipped else stands.text.shipped
