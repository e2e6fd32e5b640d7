"""What updates of the reference files wrote into the database, so that they know what the office has done since."""

from typing import ClassVar

from django.db import models

from exchange.models import PartnerCity


class ShippedRow(models.Model):
    """One row of the reference files, once it has reached the database.

    `kind` and `key`: its model and its key in the files. `values`: by column, what an update last wrote. None: the
    office had a row of this key before, so whatever it says is the office's.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()

    kind = models.CharField(max_length=60, help_text="Such as travel.guidance")
    key = models.CharField(max_length=200, help_text="Such as paper:look-for-it")
    # Whose row it is, if it's a city's: it goes with the city, so that a city added anew gets its rows again.
    city = models.ForeignKey(PartnerCity, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    values = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ("kind", "key")
        constraints = [models.UniqueConstraint(name="shippedrow_each_once", fields=["kind", "key"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
