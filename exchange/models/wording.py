"""The office's own words in place of the portal's (docs/adr/0004)."""

from typing import Any, ClassVar, NoReturn, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from exchange.base.personal import Personal
from exchange.models.people import Role, User
from exchange.models.record import AppendOnly

WORDS = ("en", "en_several", "es", "es_several")


class WordingQuerySet(AppendOnly["Wording"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All for a coordinator; others read them where they stand."""
        return self if isinstance(user, User) and user.has_role(Role.Kind.COORDINATOR) else self.none()

    def newest(self) -> Self:
        """The last version of each text."""
        later = Wording.objects.filter(context=OuterRef("context"), source=OuterRef("source"), pk__gt=OuterRef("pk"))
        return self.filter(~Exists(later))


class Wording(models.Model):
    """One version of a text as the office wrote it. Append-only: the versions of a text are its history.

    A text is known by its context and its English, as the catalog knows it. `shipped_*` is what the portal said at that
    time, in which a later release may differ. `is_shipped`: back to the portal's own text. `place`: a file that said
    it.
    """

    PERSONAL_FIELDS: ClassVar[set[str]] = set()
    PERSONAL = Personal(kept_out="what messages say to everyone; names who of the office wrote it")

    series = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    place = models.CharField(max_length=200, help_text="The template, such as emails/applications/said.txt")
    context = models.CharField(max_length=60, blank=True, help_text="As in the catalog.")
    source = models.TextField(help_text="The English text in the template, as in the catalog.")
    is_shipped = models.BooleanField(default=False)
    en = models.TextField(blank=True)
    en_several = models.TextField(blank=True)
    es = models.TextField(blank=True)
    es_several = models.TextField(blank=True)
    shipped_en = models.TextField()
    shipped_en_several = models.TextField(blank=True)
    shipped_es = models.TextField()
    shipped_es_several = models.TextField(blank=True)
    is_spanish_older = models.BooleanField(default=False, help_text="The English has changed since.")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = WordingQuerySet.as_manager()

    class Meta:
        ordering = ("series", "-number")
        constraints = [
            models.UniqueConstraint(name="wording_number_once", fields=["series", "number"]),
            models.CheckConstraint(
                name="wording_says_both_or_is_shipped",
                condition=Q(is_shipped=True, en="", en_several="", es="", es_several="", is_spanish_older=False)
                | (Q(is_shipped=False) & ~Q(en="") & ~Q(es="")),
            ),
        ]

    def __str__(self) -> str:
        return self.en or self.shipped_en

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("a version is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a version is never deleted")

    @property
    def key(self) -> tuple[str, str]:
        return self.context, self.source

    @property
    def words(self) -> tuple[str, str, str, str]:
        """What is said: in English, of several, in Spanish, of several."""
        return self.shipped if self.is_shipped else (self.en, self.en_several, self.es, self.es_several)

    @property
    def shipped(self) -> tuple[str, str, str, str]:
        return self.shipped_en, self.shipped_en_several, self.shipped_es, self.shipped_es_several
