"""Before locking, a reader learns nothing of who wrote it, nor of what others gave: every page, file and message.

The addresses are those of the table that test_urls.py walks; each is opened with all arguments that the reader could
know or guess.
"""

import html
import re

import pytest
from django.urls import reverse

from applications.actions import review
from exchange.models import Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import AssignmentFactory, ReviewFactory
from tests.test_urls import QUERY, TABLE, arguments

# a page that shows what an office may always see, though no score: who applied is no secret to a coordinator
NAMES = ("Ximena", "Talamantes", "Palomita", "Harborview", "secret.address")
OTHERS = ("Others think so", "Theirs alone", "Quentin Otherreader", "7.000", "7.0 of", ": 7 of 15")
FULL = {"purpose": 4, "adapting": 5, "giving_back": 3}


@pytest.fixture
def read(world):
    """The application in the world, with a telling text, and another reader's locked reading of it."""
    sent = world["sent"]
    person = sent.student
    person.full_name, person.preferred_name = "Ximena Talamantes Roa", "Palomita"
    person.email = "secret.address@example.edu"
    person.save()
    sent.college.name, sent.college.short_name = "Harborview College", "Harborview"
    sent.college.save()
    telling = "I am Ximena, or Palomita, of Harborview. secret.address@example.edu. I learned to wait."
    sent.answers.filter(question__key="story_why").update(value=telling)
    other = UserFactory(advisor=CollegeFactory(), full_name="Quentin Otherreader")
    ReviewFactory(
        assignment=AssignmentFactory(application=sent, reader=other),
        points={"purpose": 2, "adapting": 2, "giving_back": 3},
        locked=True,
        comment="Others think so.",
        feedback="Theirs alone.",
    )
    sent.refresh_from_db()
    return sent


def pages(client, world, method="GET"):
    """(name, what it says) of every address that answers this person with something to read."""
    for name in [name for name, way, _ in TABLE if way == method]:
        address = reverse(name, kwargs=arguments(name, world))
        data = QUERY.get(name, lambda _world: {})(world)
        response = client.get(address, data)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        if response.status_code == 200:
            yield name, html.unescape(re.sub(r"\s+", " ", content.decode(errors="replace")))


def test_a_reader_s_pages_files_and_messages(sign_in, world, read):
    reader = world["people"]["reader"]
    # what tells about the own college's students, or about colleges as such, is nothing of this candidate's
    leaks = [
        (name, secret)
        for name, said in pages(sign_in(reader), world)
        for secret in (*NAMES, *OTHERS)
        if secret in said and not is_open_to_all(name)
    ]
    assert leaks == []
    told = " ".join(f"{each.subject} {each.body}" for each in Message.objects.filter(recipient=reader))
    assert not [secret for secret in (*NAMES, *OTHERS) if secret in told]


def is_open_to_all(name):
    """Pages without signing in, or by a private link that a reader never has: they say the same to everybody."""
    (expected,) = [expected for each, _way, expected in TABLE if each == name]
    return expected[0] == 200


def test_the_desk_and_what_it_saves(sign_in, world, read):
    client, assignment = sign_in(world["people"]["reader"]), world["assignment"]
    answers = [
        client.get(assignment.get_absolute_url()),
        client.post(assignment.get_absolute_url(), {"act": "save", "points_purpose": "4"}, follow=True),
        client.post(
            reverse("applications:review-save", args=[assignment.code]),
            '{"changes": [{"key": "comment", "number": 1, "fields": {"value": "Mine.", "known": []}}]}',
            content_type="application/json",
        ),
        client.get(reverse("applications:review-list")),
    ]
    said = " ".join(html.unescape(answer.content.decode()) for answer in answers)
    assert "I learned to wait." in said
    assert not [secret for secret in (*NAMES, *OTHERS) if secret in said]


def test_a_coordinator_who_reads_sees_no_score_before_the_own_lock(sign_in, world, read):
    office = world["people"]["coordinator"]
    own = AssignmentFactory(application=read, reader=office)
    client = sign_in(office)
    selection = {f"applications:{name}" for name in ("selection-list", "decision-record")}

    before = dict(pages(client, world))
    seen = {name: [secret for secret in OTHERS[:2] + OTHERS[3:] if secret in said] for name, said in before.items()}
    # the files of the method carry codes of their own in place of names, drawn anew, and the office's alone
    assert {name: found for name, found in seen.items() if found} == {}

    review.lock_review(own, points=FULL, comment="", feedback="", by=office)
    after = dict(pages(client, world))
    assert selection <= after.keys()
    assert "Others think so" in after["applications:decision-record"]
