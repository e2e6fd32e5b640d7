import csv
import html
import io
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from applications.models import Application, Endorsement
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    EndorsementFactory,
    review_facts,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(db):
    review_facts()


@pytest.fixture
def advisor():
    return UserFactory(advisor=True)


@pytest.fixture
def college(advisor):
    return advisor.roles.get().college


def text_of(response):
    return html.unescape(re.sub(r"\s+", " ", response.content.decode()))


def endorsement_of(application):
    return reverse("applications:endorsement-record", args=[application.code])


# --- Endorsements -----------------------------------------------------------------------------------


def test_endorsement_list_shows_own_students_with_those_owed_first(sign_in, advisor, college):
    done = ApplicationFactory(submitted=True, college=college, endorsed=True, student__full_name="Done Before")
    owed = ApplicationFactory(submitted=True, college=college, student__full_name="Owed Still")
    ApplicationFactory(college=college, student__full_name="Draft Only")
    ApplicationFactory(submitted=True, student__full_name="Other College")

    response = sign_in(advisor).get(reverse("applications:endorsement-list"))

    newer = ApplicationFactory(submitted=True, college=college, endorsed=True, student__full_name="Done Lately")
    cache.clear()
    again = sign_in(advisor).get(reverse("applications:endorsement-list"))

    assert list(response.context["page_obj"]) == [owed, done]
    assert list(again.context["page_obj"]) == [owed, newer, done]
    assert "1 to do · 1 done" in text_of(response)


def test_every_head_of_own_students_sorts(sign_in, advisor, college):
    early, late = (CycleFactory(opens_at=timezone.now() - timedelta(days=days)) for days in (90, 30))
    done, owed = (ApplicationFactory(submitted=True, college=college, cycle=cycle) for cycle in (early, late))
    Application.objects.filter(pk=done.pk).update(status="selected")
    EndorsementFactory(application=done, result="endorsed")
    client = sign_in(advisor)

    def rows(sort, **query):
        page = client.get(reverse("applications:endorsement-list"), {"sort": sort, **query})
        assert all(head.href for head in page.context["list"].heads.values())
        return list(page.context["page_obj"])

    assert rows("cycle") == rows("endorsement") == rows("-status") == [done, owed]
    assert rows("-cycle") == rows("status") == [owed, done]
    assert rows("status", q=owed.student.email) == [owed]
    assert rows("due") == rows("-due") == [owed, done]  # who is done has no day


@pytest.mark.both
@pytest.mark.parametrize(
    "query",
    ["", "q=ruiz", "q=ruiz&owed=no", "q=ruiz&owed=yes", "owed=nonsense", "owed=no", "owed=unsigned", "sort=due"],
)
def test_the_file_has_the_order_of_the_page_and_a_day_only_where_it_has_one(sign_in, advisor, college, query):
    cycle = CycleFactory(ready=True)
    unsigned, old, new, owed = (
        ApplicationFactory(submitted=True, college=college, cycle=cycle, student__full_name=f"{name} Ruiz", **more)
        for name, more in [("Uma", {"signed": False}), ("Old", {}), ("New", {}), ("Owed", {})]
    )
    for each in (old, new):
        EndorsementFactory(application=each, result="endorsed")
    client, address = sign_in(advisor), reverse("applications:endorsement-list")

    page = list(client.get(f"{address}?{query}").context["page_obj"])
    file = client.post(reverse("applications:endorsement-file"), {"format": "csv", "query": query})

    rows = list(csv.DictReader(io.StringIO(b"".join(file).decode("utf-8-sig"))))
    assert [row["Student"] for row in rows] == [str(each.student) for each in page]
    assert [row["Student"] for row in rows if row["Due"]] == ([str(owed.student)] if owed in page else [])
    if "owed=" not in query:
        assert page[0] == owed
    if query in ("", "q=ruiz", "owed=nonsense"):
        assert page == [owed, new, old, unsigned]


@pytest.mark.parametrize(("owed", "expected"), [("yes", {"owed"}), ("no", {"done"}), ("", {"owed", "done"})])
def test_endorsement_list_filters_what_is_owed(sign_in, advisor, college, owed, expected):
    rows = {
        "owed": ApplicationFactory(submitted=True, college=college),
        "done": ApplicationFactory(submitted=True, college=college, endorsed=True),
    }

    response = sign_in(advisor).get(reverse("applications:endorsement-list"), {"owed": owed})

    assert set(response.context["page_obj"]) == {rows[name] for name in expected}


@pytest.mark.parametrize(("role", "status"), [("student", 403), ("director", 403), ("coordinator", 200)])
def test_endorsement_list_is_for_advisors_and_the_office(sign_in, role, status):
    user = UserFactory(**({} if role == "student" else {role: True}))

    assert sign_in(user).get(reverse("applications:endorsement-list")).status_code == status


def test_endorsement_record_shows_the_conditions_and_the_facts(sign_in, advisor, college):
    application = ApplicationFactory(
        submitted=True, college=college, cycle__ready=True, answered=True, answered__units=3
    )

    response = sign_in(advisor).get(endorsement_of(application))

    results = {each.rule.key: each.result for each in response.context["conditions"]}
    met = dict.fromkeys(("college", "age", "good_standing", "free_for_trip"), "meets")
    assert results == {**met, "units": "ask_an_advisor"}
    assert "Nursing" in text_of(response)


def test_endorsement_record_leaves_out_what_only_the_office_reads(sign_in, advisor, college):
    application = ApplicationFactory(submitted=True, college=college, cycle__ready=True, answered=True)

    page = text_of(sign_in(advisor).get(endorsement_of(application)))

    assert "How far did your parents go in school?" not in page
    assert "Neither one went to college" not in page


def test_endorsement_record_saves_and_corrects(sign_in, advisor, college):
    application = ApplicationFactory(submitted=True, college=college)
    client = sign_in(advisor)
    said = {"result": "endorsed", "is_enrolled": "yes", "units": "12", "in_good_standing": "yes", "note": ""}

    client.post(endorsement_of(application), said)
    response = client.post(endorsement_of(application), said | {"result": "ask_the_office", "note": "Fewer units."})

    assert response.status_code == 302
    kept = Endorsement.objects.get()
    assert (kept.result, kept.note, kept.endorsed_by) == ("ask_the_office", "Fewer units.", advisor)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"is_enrolled": "no"}, "result", "not_enrolled"),
        ({"result": "not_endorsed"}, "note", "no_note"),
        ({"units": "-1"}, "units", "min_value"),
        ({"units": "122"}, "units", "max_value"),
        ({"result": "selected"}, "result", "invalid_choice"),
        ({"is_enrolled": ""}, "is_enrolled", "required"),
    ],
)
def test_endorsement_record_keeps_what_was_typed_when_it_does_not_add_up(
    sign_in, advisor, college, changes, field, code
):
    application = ApplicationFactory(submitted=True, college=college, cycle__ready=True)
    said = {"result": "endorsed", "is_enrolled": "yes", "units": "12", "in_good_standing": "yes", "note": ""} | changes

    response = sign_in(advisor).post(endorsement_of(application), said)

    assert response.context["form"].has_error(field, code)
    assert "There’s a problem" in text_of(response)
    assert not Endorsement.objects.exists()


def test_endorsement_record_of_another_college_is_not_found(sign_in, advisor):
    application = ApplicationFactory(submitted=True)
    client = sign_in(advisor)

    assert client.get(endorsement_of(application)).status_code == 404
    assert client.post(endorsement_of(application), {}).status_code == 404


def test_a_coordinator_reads_an_endorsement_but_gives_none(sign_in):
    application = EndorsementFactory(note="Very reliable.").application
    client = sign_in(UserFactory(coordinator=True))

    assert "Very reliable." in text_of(client.get(endorsement_of(application)))
    assert client.post(endorsement_of(application), {"result": "endorsed"}).status_code == 403


def test_endorsement_record_after_the_result_says_why_it_stays(sign_in, advisor, college):
    application = ApplicationFactory(selected=True, college=college)
    said = {"result": "endorsed", "is_enrolled": "yes", "units": "12", "in_good_standing": "yes", "note": ""}

    response = sign_in(advisor).post(endorsement_of(application), said, follow=True)

    assert "The result is out" in text_of(response)
    assert not Endorsement.objects.exists()


def test_endorsement_list_needs_at_most_ten_queries(sign_in, advisor, college, django_assert_max_num_queries):
    for _number in range(8):
        ApplicationFactory(submitted=True, college=college)
    client = sign_in(advisor)

    with django_assert_max_num_queries(10):
        client.get(reverse("applications:endorsement-list"))
