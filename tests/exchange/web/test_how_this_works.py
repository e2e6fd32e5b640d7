"""“How this works” on each page of staff: there, folded, specific to the page, and in both languages."""

import re
from collections import Counter
from itertools import chain

import pytest
from django.urls import reverse
from django.utils.html import escape

from exchange.web.how_this_works import LANGUAGES, explanation_of, explanations
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory
from tests.test_urls import TABLE
from tests.urls import ROLES

# Addresses that staff open and that show no page of their own: files, and what leads on at once.
NO_PAGES = {
    "message-peek",  # beside a list, without the frame of a page
    "message-text-sample",
    "person-peek",  # as above
    "texts-unknown-peek",  # as above
    "applications:interest-peek",  # as above
    "applications:reader-peek",  # as above
    "travel:office-task-peek",  # as above
    "travel:trip-peek",  # as above
    "applications:application-letter",
    "applications:decision-letter",
    "applications:enrollment-template",
    "applications:interest-code",
    "applications:interview-calendar",
    "applications:lottery-file",
    "applications:scores-file",
    "applications:upload-download",
    "job-result",
    "travel:agreement-download",
    "travel:agreement-file",
    "travel:budget-csv",
    "travel:certificate-badge",
    "travel:certificate-pdf",
    "travel:itinerary-template",
    "travel:open-doors-file",
    "travel:outcomes-briefing",
    "travel:outcomes-fairness-csv",
    "travel:outcomes-fairness-pdf",
    "travel:outcomes-pdf",
    "travel:peek",  # as above
    "travel:photo-file",
    "travel:placement-family",
    "travel:placement-letter",
    "travel:placement-run-inputs",
    "travel:placement-run-result",
    "travel:placement-script",
    "travel:receipt-file",
    "travel:roll-call-taps",
    "travel:roster-keep",
    "travel:signed-file",
    "travel:step-file",
    "travel:voucher-ledger",
}
STAFF = ("advisor", "reader", "coordinator", "director")
WORDS = re.compile(r"[\w’]+")


def pages_of_staff() -> set[str]:
    """Names of the addresses that a role of staff may open, and that aren't there for everyone who is signed in."""
    found = set()
    for name, method, answers in TABLE:
        by_role = dict(zip(ROLES, answers, strict=True))
        is_everyones = len({by_role[role] for role in ROLES[1:]}) == 1
        if method == "GET" and not is_everyones and any(by_role[role] in (200, 302) for role in STAFF):
            found.add(name)
    return found


def test_no_page_of_staff_is_forgotten():
    assert pages_of_staff() - NO_PAGES - set(explanations()) == set()
    assert not NO_PAGES & set(explanations())


@pytest.mark.parametrize("language", LANGUAGES)
def test_three_questions_with_short_answers_that_no_other_page_has(language):
    entries = {id(row): row for each in explanations().values() for row in [each[language]]}.values()
    for entry in entries:
        assert len(entry.asked) == 3
        assert 5 <= len(WORDS.findall(entry.about)) <= 40
        assert all(len(WORDS.findall(answer)) <= 50 for _, answer in entry.asked)
    said = Counter(text for entry in entries for text in (entry.about, *(answer for _, answer in entry.asked)))
    assert [text for text, times in said.items() if times > 1] == []


def test_it_is_on_the_page_in_the_persons_language_and_folded(client, db):
    name = "applications:application-list"
    for language in LANGUAGES:
        client.force_login(UserFactory(coordinator=True))
        page = client.get(reverse(name), {"cycle": ""}, headers={"accept-language": language}).content.decode()
        how = explanation_of(name, language)
        shown = page[page.index('<details class="ex-menu ex-how">') :].partition("</details>")[0]
        assert [text for text in (how.about, *chain(*how.asked)) if escape(text) not in shown] == []


def test_students_dont_see_it_on_a_page_that_they_share_with_staff(client, db):
    sent = ApplicationFactory(submitted=True)
    seen = {}
    for person in (sent.student, UserFactory(coordinator=True)):
        client.force_login(person)
        seen[person] = "ex-how" in client.get(sent.get_absolute_url()).content.decode()
    assert list(seen.values()) == [False, True]


def test_visitors_and_pages_for_everyone_have_none(client, db):
    assert "ex-how" not in client.get(reverse("contact")).content.decode()
    client.force_login(UserFactory(coordinator=True))
    assert "ex-how" not in client.get(reverse("account-detail")).content.decode()
