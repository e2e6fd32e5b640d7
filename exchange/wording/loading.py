"""The template loader: constant tags are written out once, with the office's words where it has written any."""

from django.template import Origin, Template

from exchange.web import folding
from exchange.wording import own, places


class Loader(folding.Loader):
    """A template that the office may write is read anew after each change of its words, and not before."""

    generation = 0

    def cache_key(self, template_name: str, skip: list[Origin] | None = None) -> str:
        key = super().cache_key(template_name, skip)
        if template_name not in places.templates():
            return key
        # in the key, so that a template which another thread began to read before the change is found no more
        generation = own.generation()
        if generation != self.generation:
            self.generation = generation
            self._drop_older(generation)
        return f"{_mark(generation)}{key}"

    def _drop_older(self, generation: int) -> None:
        for key in list(self.get_template_cache):
            if key.startswith(MARK) and not key.startswith(_mark(generation)):
                self.get_template_cache.pop(key, None)

    get_template_cache: dict[str, Template]


MARK = "words:"


def _mark(generation: int) -> str:
    return f"{MARK}{generation} "
