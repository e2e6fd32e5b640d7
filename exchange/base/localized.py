"""Text kept in both languages side by side: `title_en`, `title_es`, read as `title`."""

from typing import Any

from django.db import models
from django.utils.translation import get_language


class Localized:
    """Reads `<name>_<language>` of the row in the language of the moment, English where it is empty.

    class City(models.Model):
        name_en = models.CharField(...)
        name_es = models.CharField(...)
        name = Localized()
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: models.Model | None, owner: type) -> Any:
        if instance is None:
            return self
        language = (get_language() or "en")[:2]
        return getattr(instance, f"{self.name}_{language}", "") or getattr(instance, f"{self.name}_en")
