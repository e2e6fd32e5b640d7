"""Actions on what people arrange for themselves: the views of lists that they keep."""

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.base.errors import RuleViolation
from exchange.models import SavedView, User

MOST = 12  # more tabs than that are no shortcut


@transaction.atomic
def save_view(place: str, *, name: str, query: str, by: User) -> SavedView:
    """Keep these filters under this name; under a name that there is, they replace what it had.

    RuleViolation: no_name, nothing_chosen, too_long, too_many.
    """
    name = " ".join(name.split())
    if not name or len(name) > SavedView._meta.get_field("name").max_length:  # type: ignore[operator] # it has one
        raise RuleViolation("no_name", _("Give the view a name of up to 40 characters."))
    if not query:
        raise RuleViolation("nothing_chosen", _("Choose filters or an order first, then save the view."))
    if len(query) > SavedView._meta.get_field("query").max_length:  # type: ignore[operator] # it has one
        raise RuleViolation("too_long", _("That’s too many filters to keep. Use fewer, then save the view."))
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # a second tap waits for the first
    mine = SavedView.objects.of(by, place)
    if not mine.filter(name=name).exists() and mine.count() >= MOST:
        raise RuleViolation("too_many", _("You have 12 views on this list. Remove one, then save this one."))
    return SavedView.objects.update_or_create(owner=by, place=place, name=name, defaults={"query": query})[0]


@transaction.atomic
def remove_view(code: str, *, by: User) -> None:
    """A second call changes nothing."""
    SavedView.objects.filter(owner=by, code=code).delete()
