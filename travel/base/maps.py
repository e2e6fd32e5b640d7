"""Maps from home to partner cities."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from exchange.base.home import home as home_city
from exchange.models import PartnerCity
from travel.base import world_map
from travel.base.charts import Place


def home() -> Place:
    """The portal's own city."""
    city = home_city()
    return Place(city.city, float(city.latitude), float(city.longitude))


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
