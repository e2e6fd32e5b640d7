"""How a coordinator uses the pages of dated rows under Set up."""

from django.urls import reverse

from exchange.models import Fact
from tests.factories_travel import in_days
from travel.office.reference.kinds import KINDS

LIST = reverse("travel:reference-list")


def page(row, name="row"):
    kind = next(kind for kind in KINDS.values() if kind.model is type(row))
    return reverse(f"travel:reference-{name}", args=[kind.key, kind.address(row)])


def change(client, row, **said):
    shown = client.get(page(row, "change")).context["form"].initial
    given = {name: "" if value is None else value for name, value in shown.items()}
    return client.post(page(row, "change"), given | {"as_of": in_days(0), "review_on": in_days(90)} | said)


def act(client, row, what, **more):
    shown = client.get(page(row)).context
    return client.post(
        page(row, "act"), {"act": what, "seen": shown["seen"], "undo": shown["undo"]} | more, follow=True
    )


def now(fact):
    return Fact.objects.current().get(key=fact.key)
