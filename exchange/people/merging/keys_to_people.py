"""Every key to a person in the database, and what becomes of it when two accounts of one student become one.

A key is `moving` if it says whose something is, or who did what students can do. It's `staying` if it says which
account it was. A key `of_staff` says that somebody worked with us: an account with such a row can't be merged, because
roles and what was done in them don't travel. Each app registers its own; a test fails on a key without a decision.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.apps import apps
from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet, UniqueConstraint, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from exchange.models import User

type Words = Promise | str


@dataclass(frozen=True, slots=True)
class Moving:
    """`label`: what they are, where the preview counts them. `both`: why two accounts can't be merged as they are, if
    the database allows an account only one of these and both have it."""

    label: Words = ""
    both: Words = ""


MOVING: dict[str, Moving] = {}
STAYING: dict[str, str] = {}  # with the reason
OF_STAFF: set[str] = set()


def register(
    app: str, *, moving: Mapping[str, Moving], staying: Mapping[str, str] | None = None, of_staff: Iterable[str] = ()
) -> None:
    """Keys are "Model.field". Their app's label is put before them."""
    MOVING.update({f"{app}.{name}": how for name, how in moving.items()})
    STAYING.update({f"{app}.{name}": why for name, why in (staying or {}).items()})
    OF_STAFF.update(f"{app}.{name}" for name in of_staff)


def names() -> Iterator[str]:
    """Of each key to a person, such as "exchange.Message.recipient", those of many-to-many tables too."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.related_model is User:
                yield f"{model._meta.label}.{field.name}"


def by_name(name: str) -> tuple[type[Model], str]:
    label, _dot, field = name.rpartition(".")
    return apps.get_model(label), field


def rows(name: str, **filters: object) -> QuerySet[Model]:
    model, _field = by_name(name)
    return model._base_manager.filter(**filters)


def of(name: str, user: User) -> QuerySet[Model]:
    """What this key leads from to that account."""
    return rows(name, **{by_name(name)[1]: user})


def counted(user: User) -> list[tuple[Words, int]]:
    """(what, how many) of the account's rows that move and that the preview counts. One query."""
    labels = {name: how.label for name, how in MOVING.items() if how.label}
    found = [of(name, user).order_by().values(which=Value(name)).annotate(n=Count("pk")) for name in labels]
    counts = {row["which"]: row["n"] for row in found[0].union(*found[1:], all=True).order_by()}
    return [(label, counts[name]) for name, label in labels.items() if counts.get(name)]


def in_both(kept: User, closed: User) -> list[str]:
    """Sentences about what each has one of, and one account can't have twice. One query."""
    sentences = [(name, str(how.both)) for name, how in MOVING.items() if how.both]
    (row,) = User.objects.filter(pk=closed.pk).values_list(*(_is_in_both(name, kept, closed) for name, _ in sentences))
    return [text for (_name, text), is_in_both in zip(sentences, row, strict=True) if is_in_both]


def _is_in_both(name: str, kept: User, closed: User) -> Exists:
    (once, others), *_more = uniques(name)
    only = once.condition or Q()
    same = of(name, kept).filter(only, **{each: OuterRef(each) for each in others})
    return Exists(of(name, closed).filter(only).filter(Exists(same)))


def uniques(name: str) -> Iterator[tuple[UniqueConstraint, list[str]]]:
    """The constraints by which a person has only one of these, each with its other fields."""
    model, field = by_name(name)
    for each in model._meta.constraints:
        if isinstance(each, UniqueConstraint) and field in each.fields:
            yield each, [other for other in each.fields if other != field]


def worked_with_us(*users: User) -> list[User]:
    """Those of these accounts that have or had a role, read, or lead a trip. One query."""
    any_of = reduce(or_, (Q(Exists(rows(name, **{by_name(name)[1]: OuterRef("pk")}))) for name in sorted(OF_STAFF)))
    keys = [each.pk for each in users]
    return list(User.objects.filter(any_of | Q(is_staff=True) | Q(is_superuser=True), pk__in=keys).order_by("pk"))


# --- Keys of this app and of what it's built on -----------------------------------------------------

LOG = "the log is append-only"
ACCOUNT = "about the account itself"
SIGN_IN = "a way into the closed account, which ends with it"

register(
    "exchange",
    moving={
        "Message.recipient": Moving(gettext_lazy("Messages from us")),
        "IncomingText.user": Moving(gettext_lazy("Texts to us")),
        "DataRequest.asked_by": Moving(
            gettext_lazy("Requests about their data"),
            gettext_lazy("Both accounts have an open request about their data. Answer one of them first."),
        ),
        "OfficeTask.person": Moving(gettext_lazy("Tasks of the office about them")),
        "OfficeTask.opened_by": Moving(),
        "TextConsent.user": Moving(),
        "Job.by": Moving(),
        "AccountMerge.kept": Moving(),
        "AccountMerge.cancelled_by": Moving(),
        "AccountReset.cancelled_by": Moving(),
    },
    staying={
        "Event.by": LOG,
        "AccessRecord.student": LOG,
        "AccessRecord.by": LOG,
        "AccountMerge.closed": ACCOUNT,
        "AccountReset.user": ACCOUNT,
        "SignInAttempt.user": ACCOUNT,
        "SignInAlert.user": ACCOUNT,
    },
    of_staff=(
        *("User_groups.user", "User_user_permissions.user", "College.named_advisor", "Role.user"),
        *("PastRole.user", "PastRole.ended_by", "PastRole.undone_by", "SavedView.owner", "Wording.by"),
        *("Invitation.invited_by", "Invitation.accepted_by", "Invitation.ended_by", "FigureRelease.published_by"),
        *("AccountMerge.asked_by", "AccountMerge.confirmed_by", "AccountMerge.undone_by"),
        *("AccountReset.asked_by", "AccountReset.confirmed_by", "DataRequest.answered_by", "IncomingText.handled_by"),
        *("OfficeTask.owner", "OfficeTask.done_by", "SignInAlert.handled_by"),
    ),
)
register("account", moving={}, staying={"EmailAddress.user": "confirmed ones move, as further addresses: `merging`"})
register("mfa", moving={}, staying={"Authenticator.user": SIGN_IN})
register("usersessions", moving={}, staying={"UserSession.user": SIGN_IN})
register("socialaccount", moving={"SocialAccount.user": Moving()})
register("admin", moving={}, of_staff=("LogEntry.user",))
