"""The certificate of completion as HTML for print (`exchange.background.pdfs`)."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from exchange.base.office import office
from exchange.files.documents import for_print
from travel.models import Certificate
from travel.placement.documents import qr_code


def certificate(issued: Certificate) -> str:
    """In the certificate's language. Fetch it with placement, trip, city, host, cycle and college."""
    placement, link = issued.placement, settings.SITE_URL + issued.get_absolute_url()
    with translation.override(issued.language):
        context = {
            "certificate": issued,
            "trip": placement.trip,
            "cycle": placement.application.cycle,
            "college": placement.application.college,
            "office": office(),
            "link": link,
            "qr": qr_code(link, _("Code that opens the page where this certificate is verified")),
        }
        return for_print("travel/reflection/certificate.html", context)
