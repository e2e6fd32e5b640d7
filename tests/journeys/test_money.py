"""A student on a phone sends a photo of a receipt; the office approves it, pays by list, and the student sees it."""

import io

import pytest
from PIL import Image

from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_money import MoneyPromiseFactory
from tests.factories_travel import PlacementFactory, TripFactory, in_days, travel_facts
from tests.journeys.phone import Phones
from travel.models import MoneyPromise, Payment, Receipt
from travel.prepare.money import receipts

pytestmark = pytest.mark.browser

CASES = [("es", "light", False), ("en", "dark", True)]


@pytest.fixture
def promise(transactional_db, live_server, settings):
    settings.SITE_URL = live_server.url
    application_facts()
    travel_facts()
    trip = TripFactory(leaves_on=in_days(70), returns_on=in_days(73))
    seat = PlacementFactory(trip=trip, application__student__full_name="Ana Ruiz")
    words = {"rule__title_en": "Passport photo", "rule__title_es": "Foto para el pasaporte"}
    when = {"rule__timing": "after_receipt", "rule__days": 30}
    return MoneyPromiseFactory(placement=seat, rule__kind="refund", rule__cents=1700, **words, **when)


def photo():
    content = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(content, "JPEG")
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


@pytest.mark.parametrize(("language", "scheme", "script"), CASES)
def test_a_receipt_from_the_phone_is_paid(browser, live_server, promise, language, scheme, script):
    seat = promise.placement
    with Phones(browser, live_server.url, language, scheme) as phones:
        student = phones.open(seat.application.student, script=script).go(seat.get_absolute_url())
        student.follow('$="/money/"').follow(f'$="/promises/{promise.code}/receipt/"')
        student.send(cents="14,99 dólares", spent_on=str(in_days(-2)))
        assert student.view == "travel:receipt-send"
        assert student.page.locator(".ex-error-summary").is_visible()
        student.page.locator('[name="file"]').set_input_files(photo())
        student.send(cents="14.99")
        assert student.view == "travel:money"
        receipt = Receipt.objects.get()
        receipts.check_file(receipt.pk)

        office = phones.open(UserFactory(coordinator=True, language=language), script=script).go("/money/")
        office.follow(f'$="/receipts/{receipt.code}/"')
        office.leave(office.page.locator('form:has([name="approve-cents"]) button'))
        assert office.view == "travel:money-office"
        office.leave(office.page.locator("#to-pay form button"))
        assert office.view == "travel:payment-detail"
        office.fill(reference="PR 7")
        office.leave(office.page.locator('form:has([name="reference"]) button'))
        assert Payment.objects.get().paid_on

        own = student.go(f"/placements/{seat.code}/money/").text()
        assert "$14.99" in own and "$2.01" in own and "PR 7" in own
    assert MoneyPromise.objects.get().canceled_cents == 201
