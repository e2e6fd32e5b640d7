"""What the office has written, kept in each process: rendering a message asks the database for none of it.

A process asks the cache every few seconds for the mark that a save changes, and reads the rows anew if it has changed,
or in any case once a minute. The process that saves knows at once.
"""

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.apps import apps
from django.core.cache import cache
from django.db import DatabaseError
from django.utils.module_loading import import_string

from exchange.base.codes import new_code

log = logging.getLogger(__name__)

type Key = tuple[str, str, str]  # template or group of sentences, context, English text: as in the catalog

MARK = "exchange.wording.mark"
ASKED_EVERY, READ_EVERY = 5, 60  # seconds
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Words:
    """A passage as the office wrote it. `several`: of any number but one, where the passage counts."""

    en: str
    en_several: str
    es: str
    es_several: str

    def text(self, language: str | None, count: object) -> str:
        one, several = (self.es, self.es_several) if language == "es" else (self.en, self.en_several)
        return several if several and count != 1 else one


@dataclass(slots=True)
class _Kept:
    words: Mapping[Key, Words]
    mark: str | None
    asked_until: float
    read_until: float


_kept: _Kept | None = None
_last: Mapping[Key, Words] = {}
_generation = 0
_is_at_work = False


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values in place of {name}, once: a value that looks like a placeholder stays as it is."""
    return PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), text)


def current() -> Mapping[Key, Words]:
    """By passage. Few seconds old at most where processes share a cache."""
    global _kept
    now = time.monotonic()
    if _kept and now < _kept.asked_until:
        return _kept.words
    mark = cache.get(MARK)
    if _kept and mark == _kept.mark and now < _kept.read_until:
        _kept.asked_until = now + ASKED_EVERY
        return _kept.words
    words: Mapping[Key, Words]
    try:
        words = _read()
    except DatabaseError:
        log.exception("the office's words could not be read")
        words = _kept.words if _kept else {}
    _kept = _Kept(_counted(words), mark, now + ASKED_EVERY, now + READ_EVERY)
    return words


def at_work() -> Mapping[Key, Words]:
    """As `current`, but none before this process has begun its work: checks and commands look at labels, too, without
    a table or even a database."""
    return current() if _kept or _is_at_work else {}


def begin(**_signal: object) -> None:
    """A request or a task has begun."""
    global _is_at_work
    _is_at_work = True


def generation() -> int:
    """Grows in this process whenever the words have changed."""
    current()
    return _generation


def _counted(words: Mapping[Key, Words]) -> Mapping[Key, Words]:
    global _last, _generation
    if words != _last:
        _last = words
        _generation += 1
    return words


def _read() -> dict[Key, Words]:
    """In one query. By name: the template tags that read this are loaded before there are models."""
    rows = list(apps.get_model("exchange", "Wording").objects.newest().filter(is_shipped=False))
    if not rows:
        return {}
    placed = import_string("exchange.wording.placing.placed")(rows)
    return {passage.key: Words(*row.words) for passage, row in placed.items()}


def changed() -> None:
    """After the commit of a change: every process reads anew."""
    cache.set(MARK, new_code(), None)
    forget()


def forget() -> None:
    global _kept
    _kept = None


def keep_none() -> None:
    """Until `forget`, the portal's own words, without asking: for tests."""
    global _kept
    _kept = _Kept(_counted({}), None, float("inf"), float("inf"))
