"""A sentence that's stored in each language, because whoever reads it later may read another than whoever caused it."""

from typing import Any

from django.utils.functional import Promise, lazy
from django.utils.translation import override

from exchange.models import Language

type Words = Promise | str


def _put_together(text: Words, values: dict[str, Any]) -> str:
    return str(text) % values


_lazily = lazy(_put_together, str)


def sentence(text: Words, **values: Any) -> Words:
    """A lazy text with its values, in the language of whoever reads it. Rows among the values have their names in it,
    too, if they're given as rows."""
    return _lazily(text, values)


def in_each(words: Words, most: int) -> dict[str, str]:
    """The sentence by language, each cut at so many characters."""
    found = {}
    for language in Language.values:
        with override(language):
            found[language] = str(words)[:most]
    return found
