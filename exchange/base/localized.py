"""Text stored in both languages, `title_en` and `title_es`, and read as `title`."""

from typing import Self, overload

from django.db import models
from django.utils.translation import get_language


class Localized:
    """Reads `<name>_<language>` of the row in the active language, or the English text where that is empty.

    class City(models.Model):
        name_en = models.CharField(...)
        name_es = models.CharField(...)
        name = Localized()
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: models.Model, owner: type) -> str: ...
    def __get__(self, instance: models.Model | None, owner: type) -> Self | str:
        if instance is None:
            return self
        language = (get_language() or "en")[:2]
        text: str = getattr(instance, f"{self.name}_{language}", "") or getattr(instance, f"{self.name}_en")
        return text


def here(first: str, spanish: str) -> str:
    """A sentence that was stored in both languages, in that of whoever reads it; older rows have only the first."""
    return (spanish if (get_language() or "").startswith("es") else "") or first
