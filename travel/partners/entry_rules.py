"""A city's entry requirements in words, and the cities that have none. Reads only."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Cycle
from exchange.models import PartnerCity
from exchange.templatetags.ui import amount
from travel.models import EntryRule, Trip

VALIDITY = {
    EntryRule.Basis.ENTRY: gettext_lazy("at least %(months)s months after you arrive"),
    EntryRule.Basis.EXIT: gettext_lazy("at least %(months)s months after you leave"),
    EntryRule.Basis.STAY: gettext_lazy("at least %(months)s months after you leave"),
}


def none_for(city: str) -> Q:
    """Nobody has written what a U.S. passport needs there, so no student's plan counts it. `city`: the path to it."""
    return Q(~Exists(EntryRule.objects.filter(city=OuterRef(city), document=EntryRule.Document.US_PASSPORT)))


def rule_of(trip: Trip) -> EntryRule | None:
    """What the city asks of someone with a U.S. passport."""
    return EntryRule.objects.filter(city=trip.city_id, document=EntryRule.Document.US_PASSPORT).first()


def cities_without(cycle: Cycle) -> QuerySet[PartnerCity]:
    """Cities that the cycle offers or has a trip to, without rules."""
    trips = Trip.objects.filter(cycle=cycle, closed_at=None)
    mine = Q(pk__in=cycle.cities.values("pk")) | Q(pk__in=trips.values("city"))
    return PartnerCity.objects.filter(mine, none_for("pk"), is_offered=True)


def missing(city: PartnerCity) -> str:
    """What staff read of a city that has none, with what to do."""
    text = _("%(city)s has no entry rules yet, so no passport date counts them. Add them under Facts, fees and rules.")
    return text % {"city": city.name}


def entry_lines(rule: EntryRule | None) -> list[tuple[str, str]]:
    """(label, value) of what the city requires of someone with a US passport."""
    if rule is None:
        return []
    lines = [(_("To enter"), rule.get_requirement_display())]
    if rule.fee:
        lines.append((_("Fee"), f"{amount(rule.fee)} {rule.currency}"))
    if rule.lead_days:
        lines.append((_("Time to allow"), _("%(days)s days") % {"days": rule.lead_days}))
    if rule.validity_months:
        lines.append(
            (
                _("Your passport must be valid for"),
                VALIDITY[EntryRule.Basis(rule.validity_basis)] % {"months": rule.validity_months},
            )
        )
    if rule.blank_pages:
        lines.append((_("Blank pages"), str(rule.blank_pages)))
    return lines
