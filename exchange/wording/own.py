"""What the office has written, put into each process's catalogs: saying a text asks the database for nothing.

At the beginning of a request or a task, a process asks the cache every few seconds for the mark that a save changes,
and reads the rows anew if it has changed, or in any case once a minute. The process that saves knows at once.
"""

import logging
import re
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.db import DatabaseError
from django.utils.translation import trans_real

from exchange.base.codes import new_code

log = logging.getLogger(__name__)

type Key = tuple[str, str]  # context and English text: as in the catalog
type Rows = Mapping[Key, tuple[str, str, str, str]]  # in English, of several, in Spanish, of several

MARK = "exchange.wording.mark"
ASKED_EVERY, READ_EVERY = 5, 60  # seconds
LANGUAGES = ("en", "es")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
OPENING = re.compile(r'(?<![^\s(\[])"')
MARKUP = frozenset("<>")
OFFICE = "the office's words"  # marks our catalog among Django's


@dataclass(slots=True)
class _Kept:
    mark: str | None
    asked_until: float
    read_until: float


_kept: _Kept | None = None
_said: Rows = {}
_generation = 0
_saying = threading.Lock()


def refresh(**_signal: object) -> None:
    """Say what the office has written by now. Few seconds old at most where processes share a cache."""
    global _kept
    now = time.monotonic()
    if _kept and now < _kept.asked_until:
        return
    mark = cache.get(MARK)
    if _kept and mark == _kept.mark and now < _kept.read_until:
        _kept.asked_until = now + ASKED_EVERY
        return
    try:
        _say(_read())
    except DatabaseError:
        log.exception("the office's words could not be read")
    _kept = _Kept(mark, now + ASKED_EVERY, now + READ_EVERY)


def generation() -> int:
    """Grows in this process whenever the words have changed."""
    return _generation


def changed() -> None:
    """After the commit of a change: every process reads anew."""
    cache.set(MARK, new_code(), None)
    forget()
    refresh()


def forget() -> None:
    global _kept
    _kept = None


def keep_none() -> None:
    """Until `forget`, the portal's own words, without asking: for tests."""
    global _kept
    _say({})
    _kept = _Kept(None, float("inf"), float("inf"))


def _read() -> Rows:
    """In one query."""
    rows = apps.get_model("exchange", "Wording").objects.newest().filter(is_shipped=False)
    return {row.key: row.words for row in rows if can_be_said(row.words)}


def can_be_said(words: Iterable[str]) -> bool:
    """Templates don't escape a translation, so none of ours may have markup."""
    return not any(MARKUP & set(text) for text in words)


def _say(rows: Rows) -> None:
    global _said, _generation
    with _saying:
        for place, language in enumerate(LANGUAGES):
            _put(language, _as_catalog((key, words[2 * place : 2 * place + 2]) for key, words in rows.items()))
        if rows != _said:  # after that, so that no template of the new generation is read with the old words
            _said = rows
            _generation += 1


def _as_catalog(rows: Any) -> dict[Any, str]:
    """As gettext has them: by "context\\4text", and with the number of its form where a text counts."""
    found: dict[Any, str] = {OFFICE: ""}
    for (context, source), (one, several) in rows:
        key = f"{context}\x04{source}" if context else source
        texts = [_with_slots(text, source) for text in (one, several)]
        found |= {(key, 0): texts[0], (key, 1): texts[1]} if several else {key: texts[0]}
    return found


def _with_slots(text: str, source: str) -> str:
    """With %(name)s in place of {name}, percent signs doubled where those of the source are, and no quotation mark that
    ends an attribute."""
    text = OPENING.sub("“", text).replace('"', "”")
    if "%(" in source or "%%" in source:
        text = text.replace("%", "%%")
    return PLACEHOLDER.sub(r"%(\1)s", text)


def _put(language: str, words: dict[Any, str]) -> None:
    """Before the catalogs that Django has read from files, which it merges from apps and packages in the same way."""
    catalog: Any = trans_real.translation(language)._catalog  # type: ignore[attr-defined]
    if OFFICE in catalog._catalogs[0]:
        catalog._catalogs[0] = words
    elif len(words) > 1:
        catalog._catalogs.insert(0, words)
        catalog._plurals.insert(0, lambda number: int(number != 1))
