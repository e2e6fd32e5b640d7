"""Where a dated row comes from, for the line below what a page says."""

from dataclasses import dataclass
from datetime import date

from exchange.models import DatedReference


@dataclass(frozen=True, slots=True)
class Source:
    """Where a row comes from; `is_reliable` False sends the reader to the official page."""

    as_of: date
    name: str
    url: str
    is_reliable: bool

    @classmethod
    def of(cls, row: DatedReference) -> "Source":
        return cls(row.as_of, row.source_name, row.source_url, row.is_reliable)
