"""security.txt, as a scanner reads it (RFC 9116), and the policy that it names."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from tests.services import ROOT

ADDRESS = "/.well-known/security.txt"
pytestmark = pytest.mark.django_db


def parse(text: str) -> dict[str, str]:
    """Field names in lower case → values. Each field may be there once, in a line of its own."""
    fields = [line.split(": ", 1) for line in text.splitlines()]
    assert len({name.lower() for name, _ in fields}) == len(fields)
    return {name.lower(): value for name, value in fields}


def test_a_scanner_finds_whom_to_write_to_and_until_when(client, settings):
    settings.SITE_URL, settings.SECURITY_CONTACT = "https://exchange.example.gov", "security@example.gov"

    response = client.get(ADDRESS)
    fields = parse(response.text)

    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert fields["contact"] == "mailto:security@example.gov"
    expires = datetime.fromisoformat(fields["expires"])
    assert datetime.now(UTC) + timedelta(days=90) < expires < datetime.now(UTC) + timedelta(days=365)
    assert fields["preferred-languages"] == "en, es"
    assert fields["canonical"] == settings.SITE_URL + ADDRESS
    assert set(fields) == {"contact", "expires", "preferred-languages", "canonical", "policy"}


def test_a_form_of_the_city_can_take_reports_instead_of_a_mailbox(client, settings):
    settings.SECURITY_CONTACT = "https://example.gov/report-a-weakness"
    assert parse(client.get(ADDRESS).text)["contact"] == "https://example.gov/report-a-weakness"


def test_the_policy_is_the_one_in_the_repository(client):
    policy = urlsplit(parse(client.get(ADDRESS).text)["policy"]).path

    response = client.get(policy)

    assert response.text == (ROOT / "SECURITY.md").read_text()
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
