"""Maps from home to partner cities."""

from django.utils.translation import gettext as _

from exchange.models import PartnerCity
from travel.base.charts import Picture, Place, flight_map

HOME_LATITUDE, HOME_LONGITUDE = 34.0522, -118.2437


def home() -> Place:
    return Place(_("Los Angeles"), HOME_LATITUDE, HOME_LONGITUDE)


def place_of(city: PartnerCity) -> Place:
    return Place(city.name, float(city.latitude), float(city.longitude))


def city_map(city: PartnerCity) -> Picture:
    """The path from home to one city, for its public page."""
    words = {"city": city.name, "country": city.country}
    return flight_map(
        home(),
        [place_of(city)],
        title=_("From Los Angeles to %(city)s") % words,
        description=_("A map of the world with a line from Los Angeles to %(city)s, %(country)s.") % words,
    )
