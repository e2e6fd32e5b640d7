"""The privacy notice and the accessibility statement: on every page, in both languages, from dated rows."""

import datetime as dt

import pytest
from django.urls import reverse

from exchange.models import Fact, NoticeSection, RetentionRule
from exchange.reference import retention
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import ApplicationFactory, RecommendationFactory
from travel.office.reference import loading as reference

pytestmark = pytest.mark.django_db
DATED = {"as_of": dt.date(2026, 11, 20), "review_on": dt.date(2100, 1, 1), "source_name": "The office"}


def section(**changes):
    said = {"title_en": "Why", "title_es": "Para qué", "body_en": "To decide.", "body_es": "Para decidir."} | changes
    return NoticeSection.objects.create(page="privacy", key="why", order=1, **said, **DATED)


def rule(**changes):
    said = {
        "key": "uploads",
        "fact_key": "upload.keep_days",
        "what_en": "Files",
        "what_es": "Archivos",
        "starts_en": "after the decisions",
        "starts_es": "después de las decisiones",
        "reason_en": "To answer.",
        "reason_es": "Para responder.",
    } | changes
    return RetentionRule.objects.create(order=1, **DATED, **said)


def test_the_files_fill_both_pages_in_both_languages(client):
    reference.load()

    for language, said in (("en", ("What we keep", "What we aim for")), ("es", ("Qué guardamos", "Nuestra meta"))):
        client.cookies["language"] = language
        assert said[0] in client.get("/privacy/").text
        assert said[1] in client.get("/accessibility/").text


def test_the_notice_says_how_long_from_the_fact(client):
    FactFactory(key="upload.keep_days", value=365, unit=Fact.Unit.DAYS)
    rule()
    assert "1 year after the decisions" in client.get("/privacy/").text

    Fact.objects.update(value=90)

    assert "90 days after the decisions" in client.get("/privacy/").text


def test_an_unconfirmed_reason_says_so(client):
    FactFactory(key="upload.keep_days", value=365, unit=Fact.Unit.DAYS)
    rule(is_confirmed=False)

    assert "being confirmed" in client.get("/privacy/").text


def test_a_rule_without_its_fact_promises_and_removes_nothing(client):
    rule()

    assert retention.kept() == [] and retention.days_of("uploads") is None
    assert "after the decisions" not in client.get("/privacy/").text


def test_a_list_and_a_paragraph():
    row = section(body_en="One\nparagraph.\n\n- first\n- second\n")

    assert row.blocks == [(False, ["One paragraph."]), (True, ["first", "second"])]


def test_every_footer_links_both(client, sign_in):
    application = ApplicationFactory(submitted=True)
    letter = RecommendationFactory(asked=True)
    pages = [
        (client, reverse("account_login")),
        (client, reverse("contact")),
        (client, reverse("applications:recommendation-write", args=[letter.link])),
        (client, "/nothing-here/"),
        (sign_in(application.student), "/journey/"),
        (sign_in(UserFactory(advisor=application.college)), reverse("applications:endorsement-list")),
    ]
    for browser, address in pages:
        foot = browser.get(address).text.partition("<footer")[2]
        assert 'href="/privacy/"' in foot and 'href="/accessibility/"' in foot, address


def test_the_first_page_of_each_form_links_the_notice_above_its_footer(client, sign_in):
    draft = ApplicationFactory(answered=True)
    letter = RecommendationFactory(asked=True, application=ApplicationFactory(submitted=True))
    first = draft.form.sections.first()
    pages = [
        (client, reverse("account_signup")),
        (client, reverse("applications:recommendation-write", args=[letter.link])),
        (sign_in(draft.student), reverse("applications:application-section", args=[draft.code, first.key])),
        (sign_in(draft.student), reverse("applications:thread-new")),
    ]
    for browser, address in pages:
        assert 'href="/privacy/"' in browser.get(address).text.partition("<footer")[0], address
