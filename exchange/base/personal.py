"""Personal data, declared on the model that holds it: what of it a person's own copy has, and how it ends.

`travel.office.own_data.export_tables` and `travel.office.retention.erasing` read the declarations; `exchange.checks`
refuses to start with a table of personal data that has none, or with a personal column of which nothing is said.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Model

GONE = "—"  # where an erased text may not be empty
BY_HAND = "by hand"  # `of`: no key leads to the person; `travel.office.own_data.export_tables` finds the rows
SECRET = "holds a key to the account or to a page"  # noqa: S105 -- a reason
COMMITTEE = "the committee’s own; what is told is in the decision"
READER = "a reader’s work: scores and notes are the readers’ and the committee’s; what they wrote to you is `feedback`"


@dataclass(frozen=True, slots=True)
class Personal:
    """`copied`: the columns of the person's copy, or "name=way.to.it". `left_out`: the other personal ones, each with
    the reason. `kept_out`: why nothing of the table is in the copy.

    `of`: ways from a row to the person, such as "placement__application__student"; any of them. Without, by the
    column placement, application, reflection or promise. `only`: which rows are copied. `related`: read along.
    `erased`: what happens when the application that it hangs on is erased: the row is deleted (the rule), these columns
    get these values, or the reason why it isn't deleted. `application`: the way to it, if not on that to the person.
    """

    copied: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)
    kept_out: str = ""
    of: str = ""
    only: Mapping[str, Any] = field(default_factory=dict)
    related: str = ""
    erased: Mapping[str, Any] | str = ""
    application: str = ""

    @property
    def columns(self) -> dict[str, str]:
        """Name in the copy -> the way to the value."""
        pairs = (each.partition("=") for each in self.copied.split())
        return {name: way or name for name, _equals, way in pairs}


WAYS = {
    "placement": "placement__application__student",
    "application": "application__student",
    "reflection": "reflection__placement__application__student",
    "promise": "promise__placement__application__student",
}


# tables of the libraries
OF_LIBRARIES = {
    "account.EmailAddress": Personal("email verified primary", of="user"),
    "usersessions.UserSession": Personal("ip user_agent created_at last_seen_at", of="user"),
    "mfa.Authenticator": Personal("type created_at last_used_at", left_out={"data": SECRET}, of="user"),
    "account.EmailConfirmation": Personal(kept_out=SECRET),
    "socialaccount.SocialAccount": Personal(
        kept_out="your college’s name for you, so that it can sign you in; nothing else is in it"
    ),
    "socialaccount.SocialToken": Personal(kept_out=SECRET),
    "admin.LogEntry": Personal(
        kept_out="corrections of reference rows by the office; the record of what concerns you is in Event"
    ),
}


def declared(model: type[Model]) -> Personal | None:
    found: Personal | None = model.__dict__.get("PERSONAL") or OF_LIBRARIES.get(model._meta.label)
    return found


def tables() -> Iterator[tuple[type[Model], Personal]]:
    """Every table with a declaration, in the order of the apps."""
    for model in apps.get_models():
        if personal := declared(model):
            yield model, personal


def ways_of(model: type[Model], personal: Personal) -> list[str]:
    """From a row to the person; none for a table that is about nobody in particular."""
    names = {each.name for each in model._meta.concrete_fields}
    if personal.of == BY_HAND:
        return []
    return personal.of.split() or [way for name, way in WAYS.items() if name in names][:1]


def about_people() -> set[str]:
    """Tables that refer to a person or an application, or to another such table that is in the copy."""
    found = {"exchange.User", "applications.Application"}
    whole = {model._meta.label for model, each in tables() if each.kept_out}
    keys = {model._meta.label: _keys_of(model) for model in apps.get_models()}
    while more := {label for label in keys.keys() - found if keys[label] & (found - whole)}:
        found |= more
    return found


def _keys_of(model: type[Model]) -> set[str]:
    return {each.related_model._meta.label for each in model._meta.concrete_fields if each.is_relation}  # type: ignore[union-attr] # a model


def application_of(model: type[Model], personal: Personal) -> list[str]:
    """Ways from a row to the application that it hangs on."""
    if personal.application:
        return [personal.application]
    ways = ways_of(model, personal)
    return [way.removesuffix("__student") for way in ways if way.endswith("application__student")]


def problems(models: Iterable[type[Model]]) -> Iterator[tuple[type[Model], str]]:
    """What is missing on these models, and what to add."""
    leading = about_people()
    for model in models:
        personal, names = declared(model), set(getattr(model, "PERSONAL_FIELDS", ()))
        if personal is None:
            if names or model._meta.label in leading:
                yield model, "add PERSONAL: what of it the person’s copy has, or why nothing, and how it ends"
        elif not personal.kept_out:
            silent = names - personal.columns.keys() - personal.left_out.keys()
            if silent:
                yield model, f"add to PERSONAL, as copied or as left_out with the reason: {', '.join(sorted(silent))}"
            if personal.copied and not (personal.of or ways_of(model, personal)):
                yield model, "add `of` to PERSONAL: the way from a row to the person"
