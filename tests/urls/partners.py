"""The rows of tests/test_urls.py for partners: for the office only, except the public pages."""

import hashlib

from django.core.files.base import ContentFile

from applications.models import Upload
from exchange.base.codes import new_code
from tests.factories import PartnerCityFactory
from tests.factories_travel import (
    AgreementFactory,
    BudgetLineFactory,
    ContactFactory,
    HostLinkFactory,
    SponsorFactory,
    TripFactory,
    in_days,
)
from tests.urls import COORDINATOR, COORDINATOR_ACT, PUBLIC, L
from travel.models import AgreementFile, Contribution
from travel.partners.views.agreement import link_to

PAGES = (
    *("partner-list", "partner-add", "partner-detail", "partner-edit", "host-add", "agreement-add"),
    *("standing-record", "host-edit", "contact-edit", "contact-add", "agreement-edit", "sponsor-list", "sponsor-add"),
    *("sponsor-detail", "sponsor-edit", "contribution-add", "contribution-edit", "trip-add", "trip-edit", "budget"),
    *("budget-csv", "budget-line-add", "budget-line-edit", "trip-host", "programme-edit", "partner-picture"),
)

ACTS = (
    *("partner-offer", "contact-remove", "agreement-file-remove", "contribution-remove", "host-send"),
    *("programme-take-over", "budget-line-remove", "host-stop"),
)

GUESTS = ("host-arrivals", "host-programme", "host-rooms")

PARTNER_TABLE = [
    *((f"travel:{name}", "GET", PUBLIC) for name in ("city-list", "city-detail", *GUESTS)),
    *((f"travel:{page}", "GET", COORDINATOR) for page in PAGES),
    *((f"travel:{act}", "POST", COORDINATOR_ACT) for act in ACTS),
    *(
        (f"travel:{act}", "POST", (L, 403, 403, 403, 403, 404, 403))
        for act in ("partner-picture-act", "home-picture-act", "home-logo-act")
    ),
    ("travel:home-logo", "GET", COORDINATOR_ACT),  # as below
    ("travel:home-picture", "GET", COORDINATOR_ACT),  # there is no row of a city in this world
    ("travel:city-picture", "GET", (404,) * 7),  # no city shows one
    ("travel:agreement-download", "GET", COORDINATOR_ACT),  # redirects to a short-lived address
    ("travel:agreement-file", "GET", ("sign in", 404, 404, 404, 404, 200, 404)),  # the coordinator asked for it
]

PARTNER_NAMES = {name.removeprefix("travel:") for name, _method, _expected in PARTNER_TABLE}


def kept_paper(by) -> AgreementFile:
    """A paper that was checked and kept."""
    content = b"%PDF-1.7 signed"
    paper = AgreementFile(
        code=new_code().lower() * 4,
        agreement=AgreementFactory(),
        original_name="agreement.pdf",
        content_type="application/pdf",
        size=len(content),
        digest=hashlib.sha256(content).hexdigest(),
        uploaded_by=by,
        state=Upload.State.KEPT,
    )
    paper.file.save("file", ContentFile(content), save=False)
    paper.save()
    return paper


def partner_arguments(short: str, world) -> dict[str, str]:
    coordinator, trip = world["people"]["coordinator"], world["trip"]
    by_code = {
        "contact-": ContactFactory,
        "agreement-edit": AgreementFactory,
        "sponsor-": SponsorFactory,
        "contribution-add": SponsorFactory,
        "budget-line-edit": BudgetLineFactory,
        "budget-line-remove": BudgetLineFactory,
        "host-stop": HostLinkFactory,
    }
    if short in ("home-picture", "home-picture-act", "home-logo", "home-logo-act"):
        return {}
    if short == "city-picture":
        return {"code": "nosuch99", "width": 480}
    if short in ("partner-list", "partner-add", "sponsor-list", "sponsor-add", "city-list"):
        return {}
    if short in GUESTS:
        return {"token": HostLinkFactory().link}
    if short == "agreement-file":
        return {"token": link_to(kept_paper(coordinator), coordinator)}
    if short in ("agreement-download", "agreement-file-remove"):
        return {"code": kept_paper(coordinator).code}
    if short == "contact-add":
        return {"owner": "trip", "code": trip.code}
    if short == "standing-record":
        return {"code": PartnerCityFactory().code, "kind": "advisory"}
    if short == "host-edit":
        return {"code": trip.host.code}
    if short == "host-send":
        trip = TripFactory(leaves_on=in_days(90))
        return {"code": trip.code, "contact": ContactFactory(host=trip.host).code}
    if short == "trip-add":
        return {"code": trip.cycle.code}
    if short in ("contribution-edit", "contribution-remove"):
        gift = Contribution.objects.create(sponsor=SponsorFactory(), kind="money", amount=5, trip=trip)
        return {"code": gift.code}
    if found := next((make for start, make in by_code.items() if short.startswith(start)), None):
        return {"code": found().code}
    if short.startswith(("trip-", "budget", "programme-")):
        return {"code": trip.code}
    return {"code": PartnerCityFactory().code}
