"""Every private link that works, whatever its purpose: who has it, what it opens, and until when. Reads only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import F, Q, QuerySet, Value

from exchange.models.private_link import DECLARED, PrivateLink, Purpose


def purposes() -> list[tuple[Purpose, type[PrivateLink]]]:
    """One for each kind of row: a second purpose of a model is another address of the same row."""
    return [(purpose, model) for purpose, model in DECLARED.all() if purpose is model.PURPOSE]


def working(purpose: str = "", words: str = "") -> QuerySet[Any, Mapping[str, Any]]:
    """By their last moment, as `rows` takes them. `purpose`: of this name only. `words`: a part of a name."""
    chosen = [each for each in purposes() if purpose in ("", each[0].name)]
    first, *others = (_found(each, model, words) for each, model in chosen or purposes())
    found = first.union(*others, all=True) if others else first
    return found.order_by("until", "purpose", "row")


def _found(purpose: Purpose, model: type[PrivateLink], words: str) -> QuerySet[Any, Mapping[str, Any]]:
    called = Q(*((f"{name}__icontains", words) for name in purpose.named), _connector=Q.OR) if words else Q()
    shown = {"purpose": Value(purpose.name), "row": F("pk"), "until": F(model.SIGNED_UNTIL)}
    return model.working().filter(called).order_by().values(**shown)


def rows(found: Iterable[Mapping[str, Any]]) -> list[PrivateLink]:
    """The links themselves, in the same order; one query for each purpose among them."""
    found, keys = list(found), defaultdict[str, list[int]](list)
    for each in found:
        keys[each["purpose"]].append(each["row"])
    links: dict[tuple[str, int], PrivateLink] = {}
    for name, wanted in keys.items():
        purpose, model = DECLARED.models[name]
        there = model._default_manager.select_related(*purpose.needs).filter(pk__in=wanted)
        links |= {(name, link.pk): link for link in there}
    asked = [(each["purpose"], each["row"]) for each in found]
    return [links[key] for key in asked if key in links]
