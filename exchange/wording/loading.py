"""The template loader: templates are read anew after each change of the office's words, and not before."""

from django.template import Origin

from exchange.web import folding
from exchange.wording import own


class Loader(folding.Loader):
    """Constant tags are written out once, so the key of the cache has the generation of the words."""

    generation = 0

    def cache_key(self, template_name: str, skip: list[Origin] | None = None) -> str:
        generation = own.generation()
        if generation != self.generation:
            self.generation = generation
            self.reset()
        # in the key, so that a template which another thread began to read before the change is found no more
        return f"{generation} {super().cache_key(template_name, skip)}"
