"""Devices that signed in before, by their cookie."""

import datetime as dt
from unittest import mock

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from exchange.people.sign_in import known_devices
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


class Device:
    def __init__(self):
        self.cookies = {}

    @property
    def request(self):
        request = RequestFactory().get("/")
        request.COOKIES = dict(self.cookies)
        return request

    def signs_in(self, user):
        response = HttpResponse()
        known_devices.remember(self.request, response, user)
        self.cookie = response.cookies[settings.DEVICE_COOKIE_NAME]
        self.cookies[settings.DEVICE_COOKIE_NAME] = self.cookie.value

    def name_for(self, user):
        return known_devices.name_for(self.request, user)


def test_a_device_has_one_name_for_the_accounts_that_signed_in_there():
    device, ana, ben = Device(), UserFactory(), UserFactory()
    assert device.name_for(ana) == ""
    device.signs_in(ana)
    name = device.name_for(ana)
    assert name and device.name_for(ben) == device.name_for(None) == ""
    device.signs_in(ben)
    assert device.name_for(ana) == device.name_for(ben) == name
    other = Device()
    other.signs_in(ana)
    assert other.name_for(ana) not in ("", name)


def test_it_forgets_the_account_that_was_there_longest_ago():
    device, first = Device(), UserFactory()
    device.signs_in(first)
    others = [UserFactory() for _number in range(known_devices.ACCOUNTS_MAX - 1)]
    for each in [*others, first, others[0]]:  # nobody is counted twice
        device.signs_in(each)
    assert all(map(device.name_for, [first, *others]))
    device.signs_in(UserFactory())
    assert [bool(device.name_for(each)) for each in (first, others[0], others[1])] == [True, True, False]


def test_a_cookie_is_not_taken_when_a_browser_would_have_dropped_it():
    device, ana = Device(), UserFactory()
    device.signs_in(ana)
    assert device.cookie["max-age"] == 400 * 86_400
    for days, is_known in ((399, True), (401, False)):
        with mock.patch("time.time", return_value=dt.datetime.now(dt.UTC).timestamp() + days * 86_400):
            assert bool(device.name_for(ana)) is is_known


def test_the_cookie_is_for_no_script_and_no_other_site():
    device = Device()
    device.signs_in(UserFactory())
    assert device.cookie["httponly"] and device.cookie["samesite"] == "Lax"
    assert bool(device.cookie["secure"]) is settings.SESSION_COOKIE_SECURE
