"""Every row that holds something sealed, found by looking at the models; opened, or sealed again with another key.

A text column with a sealed value that isn't a SealedJSONField is named by its model: `SEALED_TEXT = {"sealed"}`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken, MultiFernet
from django.apps import apps
from django.db import models, transaction
from django.db.models import F, Value
from django.db.models.functions import Cast

from exchange.base.sealed import SealedJSONField, keys, vault, vault_of

BATCH = 200  # rows that are sealed in one transaction
PASSES = 3  # a row that somebody changed meanwhile is looked at again
# what allauth keeps sealed in the JSON of a second factor, through our adapter
FACTOR_KEYS = ("secret", "seed")
FACTOR_LISTS = ("migrated_codes",)


@dataclass(frozen=True, slots=True)
class Column:
    model: type[models.Model]
    name: str

    @property
    def label(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def rows(self, after: int = 0) -> Iterator[tuple[int, str]]:
        """(primary key, what is stored) of every row with something in it, from `after` on."""
        while some := list(self._stored().filter(pk__gt=after).values_list("pk", "stored")[:BATCH]):
            yield from some
            after = some[-1][0]

    def _stored(self) -> models.QuerySet[Any]:
        # as text, because the field itself would open it
        found = self.model._base_manager.annotate(stored=Cast(F(self.name), models.TextField()))
        return found.exclude(stored=None).exclude(stored="").order_by("pk")

    def replace(self, pk: int, old: str, new: str) -> bool:
        """Compare and swap: False if somebody has changed the row since."""
        value: Any = json.loads(new) if self.is_factor else Value(new, models.TextField())
        return bool(self._stored().order_by().filter(pk=pk, stored=old).update(**{self.name: value}))

    @property
    def is_factor(self) -> bool:
        return self.model is Authenticator


def columns() -> list[Column]:
    found = [
        Column(model, each.name)
        for model in apps.get_models()
        for each in model._meta.local_concrete_fields
        if isinstance(each, SealedJSONField) or each.name in getattr(model, "SEALED_TEXT", ())
    ]
    return [*found, Column(Authenticator, "data")]


def tokens_in(column: Column, stored: str) -> list[str]:
    if not column.is_factor:
        return [stored]
    data = json.loads(stored)
    found = [data[key] for key in FACTOR_KEYS if isinstance(data.get(key), str)]
    return found + [token for key in FACTOR_LISTS for token in data.get(key) or []]


def _opens(box: MultiFernet, tokens: Sequence[str]) -> bool:
    try:
        for token in tokens:
            box.decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def _sealed_again(column: Column, stored: str, box: MultiFernet) -> str:
    """The same content under the first key of `box`. InvalidToken if none opens it."""

    def again(token: str) -> str:
        return box.rotate(token.encode()).decode()

    if not column.is_factor:
        return again(stored)
    data = json.loads(stored)
    data |= {key: again(data[key]) for key in FACTOR_KEYS if isinstance(data.get(key), str)}
    data |= {key: [again(token) for token in data[key]] for key in FACTOR_LISTS if data.get(key)}
    return json.dumps(data)


@dataclass(slots=True)
class Counted:
    """What was found in one column. Primary keys: `lost` opens with no key, `left` not with the newest."""

    column: Column
    rows: int = 0
    resealed: int = 0
    left: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)


def look(box: MultiFernet | None = None) -> list[Counted]:
    """Opens every row. `left` are those that the newest key alone doesn't open, `lost` those that none opens."""
    newest, every = vault_of(keys()[0]), box or vault()
    found = []
    for column in columns():
        counted = Counted(column)
        for pk, stored in column.rows():
            tokens = tokens_in(column, stored)
            counted.rows += bool(tokens)
            if not _opens(newest, tokens):
                (counted.left if _opens(every, tokens) else counted.lost).append(pk)
        found.append(counted)
    return found


def rotate() -> list[Counted]:
    """Seal every row with the newest key. May be stopped at any moment and run again: what is done is skipped.

    Returns what `look` finds afterwards, with the number of rows that were sealed again.
    """
    resealed: dict[Column, int] = {}
    for _turn in range(PASSES):
        done = [(column, _rotate_column(column)) for column in columns()]
        for column, (count, _missed) in done:
            resealed[column] = resealed.get(column, 0) + count
        if not any(missed for _column, (_count, missed) in done):
            break
    found = look()
    for counted in found:
        counted.resealed = resealed[counted.column]
    return found


def _rotate_column(column: Column) -> tuple[int, int]:
    """(rows sealed again, rows that changed meanwhile)"""
    newest, every = vault_of(keys()[0]), vault()
    count = missed = after = 0
    while True:
        with transaction.atomic():
            some = list(islice(column.rows(after), BATCH))
            for pk, stored in some:
                tokens = tokens_in(column, stored)
                if _opens(newest, tokens) or not _opens(every, tokens):
                    continue
                done = column.replace(pk, stored, _sealed_again(column, stored, every))
                count, missed = count + done, missed + (not done)
        if not some:
            return count, missed
        after = some[-1][0]
