"""Maps from home to partner cities."""

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from applications.models import Cycle
from exchange.base.airports import airport
from exchange.models import PartnerCity
from exchange.templatetags.ui import zone_city
from travel.base import world_map
from travel.base.charts import Place


def home(public: Sequence[Cycle] | None = None) -> Place:
    """The portal's own city, at the airport that groups of the newest public cycle leave from.

    `public`: all public cycles, newest first; without them, one query.
    """
    usual = Cycle().departure_airport
    newest = Cycle.objects.public().first() if public is None else next(iter(public), None)
    found = airport(newest.departure_airport if newest else usual) or airport(usual)
    if found is None:
        raise LookupError(f"no airport {usual}")
    return Place(zone_city(), found.latitude, found.longitude)


def place_of(city: PartnerCity) -> Place:
    return Place(city.name, float(city.latitude), float(city.longitude))


def city_map(city: PartnerCity) -> SafeString:
    """The path from home to one city, for its public page."""
    start = home()
    words = {"home": start.label, "city": city.name, "country": city.country}
    return world_map.draw(
        start,
        [place_of(city)],
        title=_("From %(home)s to %(city)s") % words,
        description=_("A map of the world with a line from %(home)s to %(city)s, %(country)s.") % words,
    )
