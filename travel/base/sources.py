"""The source of a dated row, shown below its value."""

from dataclasses import dataclass
from datetime import date

from exchange.models import DatedReference
from exchange.reference.source_names import source_name


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a row; `is_reliable` False sends the reader to the official page."""

    as_of: date
    name: str
    url: str
    is_reliable: bool

    @classmethod
    def of(cls, row: DatedReference) -> "Source":
        return cls(row.as_of, source_name(row.source_name), row.source_url, row.is_reliable)
