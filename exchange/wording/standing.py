"""How each passage stands: what is said now, whose words they are, and what needs a look. Reads only."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from exchange.models import Wording
from exchange.wording.own import Words
from exchange.wording.passages import Passage
from exchange.wording.placing import placed


@dataclass(frozen=True, slots=True)
class Standing:
    """`row`: its newest version, if the office ever wrote one."""

    passage: Passage
    row: Wording | None

    @property
    def number(self) -> int:
        """Of the newest version; 0 if there is none."""
        return self.row.number if self.row else 0

    @property
    def is_own(self) -> bool:
        return self.row is not None and not self.row.is_shipped

    @property
    def words(self) -> tuple[str, str, str, str]:
        return self.row.words if self.row and self.is_own else self.passage.shipped()

    @property
    def is_spanish_older(self) -> bool:
        return self.row is not None and self.row.is_spanish_older

    @property
    def is_updated(self) -> bool:
        """The portal's own text has changed since the office wrote this."""
        return self.row is not None and self.is_own and self.row.shipped != self.passage.shipped()


def of(passages: Collection[Passage]) -> dict[Passage, Standing]:
    """One query."""
    places = {each.place for each in passages}
    return among(Wording.objects.newest().filter(place__in=places).select_related("by"), passages)


def among(rows: Iterable[Wording], passages: Collection[Passage]) -> dict[Passage, Standing]:
    """As `of`, from the newest versions."""
    found = placed(rows)
    return {each: Standing(each, found.get(each)) for each in passages}


def resting(rows: Iterable[Wording]) -> list[Wording]:
    """Texts of the office whose place in the portal is gone: said nowhere, and kept."""
    rows = [row for row in rows if not row.is_shipped]
    used = {row.pk for row in placed(rows).values()}
    return [row for row in rows if row.pk not in used]


def as_words(standing: Standing) -> Words:
    return Words(*standing.words)


def versions_of(standing: Standing) -> list[Wording]:
    """All versions, newest first."""
    if standing.row is None:
        return []
    return list(Wording.objects.filter(series=standing.row.series).select_related("by").order_by("-number"))


def at_version(standing: Standing, number: int) -> tuple[str, str, str, str]:
    """What was said when this version was the newest."""
    if number == standing.number or standing.row is None:
        return standing.words
    row = Wording.objects.filter(series=standing.row.series, number=number).first()
    return row.words if row else standing.passage.shipped()
