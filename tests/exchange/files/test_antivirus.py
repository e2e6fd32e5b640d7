"""The ClamAV client, with a misbehaving stand-in and with the real daemon."""

import time

import pytest

from exchange.checks import uploads_can_be_scanned
from exchange.files import antivirus
from tests.fake_clamd import fake_clamd
from tests.services import SIGNATURES, free_port


def test_a_clean_file_is_clean_and_arrives_whole(settings):
    content = bytes(range(256)) * 1000
    with fake_clamd("clean") as daemon:
        settings.CLAMAV_ADDRESS = daemon.address
        assert antivirus.scan(content) == ""
        assert antivirus.answers()
        assert antivirus.scan(b"") == ""
    assert daemon.seen == [content, b""]


def test_what_was_found_is_named(settings):
    with fake_clamd("infected") as daemon:
        settings.CLAMAV_ADDRESS = daemon.address
        assert antivirus.scan(b"x") == "Exchange.Test.Word"


@pytest.mark.parametrize("mood", ["error", "too_large", "rubbish", "cut", "drops", "silent", "hangs"])
def test_no_clear_answer_is_never_clean(settings, monkeypatch, mood):
    monkeypatch.setattr(antivirus, "TIMEOUT", 0.3)
    with fake_clamd(mood) as daemon:
        settings.CLAMAV_ADDRESS = daemon.address
        started = time.monotonic()
        with pytest.raises(antivirus.ScannerError):
            antivirus.scan(b"x" * 500_000)
        assert time.monotonic() - started < 2


@pytest.mark.parametrize("address", ["127.0.0.1:{port}", "/nowhere/clamd.sock", "nosuch.invalid:3310"])
def test_a_daemon_that_is_away_is_told_with_its_address(settings, address):
    settings.CLAMAV_ADDRESS = address.format(port=free_port())
    with pytest.raises(antivirus.ScannerError, match="does not answer"):
        antivirus.scan(b"x")
    assert not antivirus.answers()


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ("/run/clamav/clamd.ctl", "/run/clamav/clamd.ctl"),
        ("scanner:3310", ("scanner", 3310)),
        ("[::1]:3310", ("::1", 3310)),
        ("scanner", None),
        ("scanner:", None),
        (":3310", None),
        ("tcp://scanner:x", None),
    ],
)
def test_an_address_that_is_none_is_told_at_the_start(settings, given, means):
    settings.CLAMAV_ADDRESS = given
    assert [error.id for error in uploads_can_be_scanned(None)] == ([] if means else ["exchange.E005"])
    if means:
        assert antivirus.address() == means


def test_without_an_address_nothing_is_asked(settings):
    settings.CLAMAV_ADDRESS = ""
    assert not antivirus.is_configured()
    assert uploads_can_be_scanned(None) == []


@pytest.mark.service
@pytest.mark.parametrize("name", SIGNATURES)
def test_the_real_daemon_finds_its_signatures(settings, clamd, name):
    settings.CLAMAV_ADDRESS = clamd
    assert antivirus.answers()
    assert antivirus.scan(b"%PDF-1.7\n" + b"x" * 200_000) == ""
    assert antivirus.scan(b"words before " + SIGNATURES[name] + b" and after").startswith(name)
