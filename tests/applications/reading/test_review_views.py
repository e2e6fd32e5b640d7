import csv
import datetime as dt
import html
import io
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.models import Assignment, MaskingReport, Question, Rating, ReaderProfile, Review
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    EndorsementFactory,
    ReviewFactory,
    review_facts,
)

pytestmark = pytest.mark.django_db
FULL = {"points_purpose": "4", "points_adapting": "5", "points_giving_back": "3"}


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


# --- The reader's list ------------------------------------------------------------------------------


def test_review_list_shows_progress_and_the_next_one(sign_in, advisor):
    cycle = CycleFactory(ready=True)
    ReviewFactory(locked=True, assignment__reader=advisor, assignment__application__cycle=cycle)
    waiting = AssignmentFactory.create_batch(2, reader=advisor, application__cycle=cycle)

    response = sign_in(advisor).get(reverse("applications:review-list"))

    page = text_of(response)
    assert "1 of 3 read" in page
    assert "about 30 minutes left" in page
    first = min(waiting, key=lambda each: each.code)
    assert f"Read the next candidate: {first.candidate_label}" in page
    assert [each.is_locked for each in response.context["page_obj"]] == [0, 0, 1]


def test_review_list_estimates_from_the_reader_s_own_pace(sign_in, advisor):
    cycle = CycleFactory(ready=True)
    for hours in (1, 2, 3):
        locked_at = timezone.now() - dt.timedelta(hours=hours)
        started_at = locked_at - dt.timedelta(minutes=9)
        ReviewFactory(
            assignment__reader=advisor,
            assignment__application__cycle=cycle,
            started_at=started_at,
            locked_at=locked_at,
        )
    AssignmentFactory(reader=advisor, application__cycle=cycle)

    page = text_of(sign_in(advisor).get(reverse("applications:review-list")))

    assert "about 9 minutes left" in page


def test_two_readers_read_in_orders_of_their_own(sign_in):
    cycle = CycleFactory(ready=True)
    rows = [ApplicationFactory(submitted=True, cycle=cycle) for _ in range(8)]
    orders = []
    for _ in range(2):
        reader = UserFactory(advisor=True)
        for row in rows:
            AssignmentFactory(reader=reader, application=row)
        page = sign_in(reader).get(reverse("applications:review-list")).context["page_obj"]
        orders.append([each.application_id for each in page])

    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]
    assert orders[0] != sorted(orders[0])


@pytest.mark.parametrize(("role", "status"), [("student", 403), ("director", 403), ("coordinator", 200)])
def test_review_list_is_for_readers_and_the_office(sign_in, role, status):
    user = UserFactory(**({} if role == "student" else {role: True}))

    assert sign_in(user).get(reverse("applications:review-list")).status_code == status


def test_review_list_is_open_to_a_reader_without_a_role(sign_in):
    reader = UserFactory()
    ReaderProfile.objects.create(user=reader)
    AssignmentFactory(reader=reader)

    assert sign_in(reader).get(reverse("applications:review-list")).status_code == 200


def test_the_office_sees_how_the_reading_goes(sign_in, advisor):
    cycle = CycleFactory(ready=True)
    ReviewFactory(locked=True, assignment__reader=advisor, assignment__application__cycle=cycle)
    AssignmentFactory(reader=advisor, application__cycle=cycle)

    page = text_of(sign_in(UserFactory(coordinator=True)).get(reverse("applications:review-list")))

    assert str(advisor) in page
    assert "1 of 2" in page
    assert "2 submitted applications have fewer than 3 readers." in page


# --- Assigning --------------------------------------------------------------------------------------


def test_assignment_draw_assigns_by_one_button(sign_in):
    cycle = CycleFactory(ready=True, reads_each=2)
    ApplicationFactory(submitted=True, cycle=cycle)
    UserFactory(advisor=True), UserFactory(advisor=True)
    client = sign_in(UserFactory(coordinator=True))
    address = reverse("applications:assignment-draw", args=[cycle.code])

    first = text_of(client.post(address, follow=True))
    again = text_of(client.post(address, follow=True))

    assert "2 readings were drawn. Readers haven’t been notified yet" in first
    assert "Here’s the draft you haven’t assigned yet." in again
    assert Assignment.objects.count() == 2
    assert client.get(address).status_code == 405


def test_assignment_draw_says_what_is_missing(sign_in):
    cycle = CycleFactory(ready=True)
    ApplicationFactory(submitted=True, cycle=cycle)

    address = reverse("applications:assignment-draw", args=[cycle.code])
    page = text_of(sign_in(UserFactory(coordinator=True)).post(address, follow=True))

    assert "3 readings are missing" in page


def test_assignment_draw_is_the_office_s(sign_in, advisor):
    cycle = CycleFactory(ready=True)

    assert sign_in(advisor).post(reverse("applications:assignment-draw", args=[cycle.code])).status_code == 403


# --- The reading page -------------------------------------------------------------------------------


def telling_assignment(reader):
    """Rows and answers contain everything about the student that a reader must not learn."""
    application = ApplicationFactory(
        submitted=True,
        cycle__ready=True,
        student__full_name="Marisol Reyes Ortega",
        student__preferred_name="Solecita",
        student__email="marisol.reyes@example.edu",
        college__name="Los Angeles Harbor College",
        college__short_name="Harbor",
        answered=True,
        answered__story_why="I am Marisol Reyes, Solecita at Harbor. Write to marisol.reyes@example.edu.",
    )
    EndorsementFactory(application=application, note="Her advisor knows her well.")
    other = ReviewFactory(
        locked=True, assignment__application=application, points=2, comment="Others think so.", feedback="Theirs."
    )
    return AssignmentFactory(application=application, reader=reader), other


def test_a_reader_s_pages_never_tell_who_wrote_it_or_what_others_gave(sign_in, advisor):
    assignment, other = telling_assignment(advisor)
    client = sign_in(advisor)
    pages = [client.get(reverse("applications:review-list")), client.get(assignment.get_absolute_url())]
    client.post(assignment.get_absolute_url(), FULL | {"act": "lock"})
    pages += [client.get(reverse("applications:review-list")), client.get(assignment.get_absolute_url())]

    for page in map(text_of, pages):
        for secret in (
            "Marisol", "Reyes", "Ortega", "Solecita", "marisol.reyes", "Harbor", "2005", "March 9", "Nursing",
            "Lena Whitcomb", "knows her well", "Others think so", "Theirs.", str(other.assignment.reader),
            "6.0", "score_mean", assignment.application.student.code,
        ):  # fmt: skip
            assert secret not in page, secret
    label = assignment.application.candidate_label  # on the lists of advisors, who can say whose it is
    assert not any(label in page.text or assignment.application.code[:6] in page.text for page in pages)
    assert assignment.candidate_label in text_of(pages[0]) and assignment.candidate_label in text_of(pages[1])
    assert text_of(pages[1]).count('class="ex-mask"') == 4


def test_answers_not_meant_for_readers_stay_away_even_if_a_form_says_so(sign_in, advisor):
    assignment, _other = telling_assignment(advisor)
    Question.objects.exclude(kind="file").update(audience="readers")

    page = text_of(sign_in(advisor).get(assignment.get_absolute_url()))

    assert "March 9, 2005" not in page
    assert "Los Angeles Harbor College" not in page


def test_review_record_describes_each_point_in_words(sign_in, advisor):
    assignment = AssignmentFactory(reader=advisor)

    page = text_of(sign_in(advisor).get(assignment.get_absolute_url()))

    assert page.count("Finds a way to fit in and says what they learned") == 1
    assert page.count('type="radio"') == 15
    assert "When we moved I ate lunch in the library" in page


def test_save_keeps_an_incomplete_draft(sign_in, advisor):
    assignment = AssignmentFactory(reader=advisor)
    client = sign_in(advisor)

    response = client.post(assignment.get_absolute_url(), {"act": "save", "points_purpose": "4", "comment": "Hm."})

    assert response.url == assignment.get_absolute_url()
    page = text_of(client.get(response.url))
    assert "Saved online " in page
    assert "Hm." in page
    assert Rating.objects.get().points == 4
    assert Review.objects.get().locked_at is None


def test_lock_serves_the_next_unread(sign_in, advisor):
    cycle = CycleFactory(ready=True)
    waiting = AssignmentFactory.create_batch(3, reader=advisor, application__cycle=cycle)
    first, second, third = sorted(waiting, key=lambda each: each.code)
    client = sign_in(advisor)

    one = client.post(second.get_absolute_url(), FULL | {"act": "lock"})
    two = client.post(first.get_absolute_url(), FULL | {"act": "lock"})
    three = client.post(third.get_absolute_url(), FULL | {"act": "lock"}, follow=True)

    assert (one.url, two.url) == (first.get_absolute_url(), third.get_absolute_url())
    assert three.redirect_chain[-1][0] == reverse("applications:review-list")
    assert "You’ve read everything. Thank you!" in text_of(three)


def test_lock_without_all_points_says_so_and_loses_nothing(sign_in, advisor):
    assignment = AssignmentFactory(reader=advisor)
    typed = {"act": "lock", "points_purpose": "4", "comment": "Long thought.", "feedback": "Keep going."}

    response = sign_in(advisor).post(assignment.get_absolute_url(), typed)

    page = text_of(response)
    assert "Adapting: Choose the points before you lock." in page
    assert 'href="#id_points_adapting_0"' in page
    assert "Long thought." in page
    assert 'value="4" checked' in page
    kept = Review.objects.get()
    assert (kept.comment, kept.feedback, kept.locked_at) == ("Long thought.", "Keep going.", None)
    assert kept.ratings.get().points == 4


def test_points_outside_the_scale_are_not_taken(sign_in, advisor):
    assignment = AssignmentFactory(reader=advisor)

    sign_in(advisor).post(assignment.get_absolute_url(), FULL | {"act": "lock", "points_purpose": "9"})

    assert not Review.objects.filter(locked_at__isnull=False).exists()


def test_a_locked_review_is_read_only(sign_in, advisor):
    assignment = ReviewFactory(locked=True, assignment__reader=advisor).assignment
    client = sign_in(advisor)

    page = text_of(client.get(assignment.get_absolute_url()))
    client.post(assignment.get_absolute_url(), FULL | {"act": "save"})
    client.post(assignment.get_absolute_url(), FULL | {"act": "lock"})

    assert "Locked on" in page
    assert "<form" not in page.split("ex-split")[1].split("</main>")[0]
    assert set(Rating.objects.values_list("points", flat=True)) == {4}


def test_an_assignment_within_the_own_college_is_not_found(sign_in, advisor, college):
    assignment = AssignmentFactory(reader=advisor, application=ApplicationFactory(submitted=True, college=college))
    client = sign_in(advisor)

    assert client.get(assignment.get_absolute_url()).status_code == 404
    assert client.post(assignment.get_absolute_url(), FULL | {"act": "lock"}).status_code == 404
    assert assignment.candidate_label not in text_of(client.get(reverse("applications:review-list")))


def test_another_reader_s_assignment_is_not_found(sign_in, advisor):
    assert sign_in(advisor).get(AssignmentFactory().get_absolute_url()).status_code == 404


def test_the_office_sees_scores_only_once_they_are_locked_and_writes_none(sign_in):
    begun = ReviewFactory(points=3, comment="Not sure yet.").assignment
    locked = ReviewFactory(locked=True, comment="Sure now.").assignment
    client = sign_in(UserFactory(coordinator=True))

    assert "Not sure yet." not in text_of(client.get(begun.get_absolute_url()))
    assert "Sure now." in text_of(client.get(locked.get_absolute_url()))
    assert client.post(begun.get_absolute_url(), FULL | {"act": "lock"}).status_code == 403


# --- Queries ----------------------------------------------------------------------------------------


def queries_of(client, address, django_assert_max_num_queries):
    client.get(address)
    with django_assert_max_num_queries(30) as captured:
        client.get(address)
    return len(captured)


def test_endorsement_list_asks_the_same_number_of_queries_for_3_and_30_rows(
    sign_in, advisor, college, django_assert_max_num_queries
):
    client, address, counts = sign_in(advisor), reverse("applications:endorsement-list"), []
    for rows in (3, 27):
        for _ in range(rows):
            ApplicationFactory(submitted=True, college=college, endorsed=True)
        counts.append(queries_of(client, address, django_assert_max_num_queries))

    assert counts[0] == counts[1]


def test_review_list_asks_at_most_ten_queries_for_3_and_60_rows(sign_in, advisor, django_assert_max_num_queries):
    client, address, counts = sign_in(advisor), reverse("applications:review-list"), []
    cycle = CycleFactory(ready=True)
    for rows in (3, 57):
        for place in range(rows):
            assignment = AssignmentFactory(reader=advisor, application=ApplicationFactory(submitted=True, cycle=cycle))
            if place % 3 == 0:
                ReviewFactory(locked=True, assignment=assignment)
        counts.append(queries_of(client, address, django_assert_max_num_queries))

    assert counts[0] == counts[1] <= 10
    shown = [client.get(address, {"page": page}).context["page_obj"] for page in (1, 2)]
    assert sum(len(page) for page in shown) == 60
    for query in ("?page=2", "?show=unread", "?show=locked"):
        assert queries_of(client, address + query, django_assert_max_num_queries) <= 10
    for _ in range(12):  # the locked ones now start on the second page
        AssignmentFactory(reader=advisor, application=ApplicationFactory(submitted=True, cycle=cycle))
    assert queries_of(client, f"{address}?page=2", django_assert_max_num_queries) <= 10
    assert "Read the next candidate" not in client.get(address, {"page": 2}).text


def test_reading_page_asks_at_most_ten_queries_and_one_more_for_words_that_were_covered(
    sign_in, advisor, django_assert_max_num_queries
):
    client, counts = sign_in(advisor), []
    assignment = AssignmentFactory(reader=advisor, application=ApplicationFactory(submitted=True))
    for rows in (0, 1, 2):
        for number in range(rows):
            MaskingReport.objects.create(
                application=assignment.application, words=f"Word {rows} {number}", reported_by=advisor
            )
        counts.append(queries_of(client, assignment.get_absolute_url(), django_assert_max_num_queries))

    assert text_of(client.get(assignment.get_absolute_url())).count("You covered") == 3
    assert counts[0] <= 10
    assert counts[1] == counts[2] == counts[0] + 1


def test_reading_progress_asks_the_same_number_of_queries_for_3_and_30_rows(sign_in, django_assert_max_num_queries):
    client, address, counts = sign_in(UserFactory(coordinator=True)), reverse("applications:review-list"), []
    application = ApplicationFactory(submitted=True)
    for rows in (3, 27):
        for _ in range(rows):
            AssignmentFactory(application=application)
        counts.append(queries_of(client, address, django_assert_max_num_queries))

    assert counts[0] == counts[1]


def test_readers_are_searched_sorted_filtered_and_taken_along(sign_in):
    client, application = sign_in(UserFactory(coordinator=True)), ApplicationFactory(submitted=True)
    zoe = UserFactory(advisor=True, full_name="Zoé Ärmel", preferred_name="")
    amos = UserFactory(advisor=True, full_name="Amos Quill", preferred_name="")
    for reader in (zoe, amos):
        AssignmentFactory(application=application, reader=reader)
    people = {reader.pk: reader for reader in (zoe, amos)}

    def found(**query):
        page = client.get(reverse("applications:review-list"), {"cycle": application.cycle.code, **query})
        return [people[each.row.person.pk] for each in page.context["readers"]]

    assert found(q="zoe armel") == [zoe] and found(q="%") == []
    assert found(sort="name") == [amos, zoe] and found(sort="-name") == [zoe, amos]
    assert found(state="late") == []
    profile = {"reads_spanish": True, "reads_most": 3, "is_reading": False}
    ReaderProfile.objects.update_or_create(user=amos, defaults=profile)
    assert found(sort="-language") == found(sort="limit") == found(sort="-state") == [amos, zoe]
    assert found(sort="language") == found(sort="-limit") == found(sort="state") == [zoe, amos]
    address = reverse("applications:reader-file", args=[application.cycle.code])
    file = client.post(address, {"format": "csv", "query": "q=quill"})
    rows = list(csv.reader(io.StringIO(b"".join(file).decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["Reader", "Amos Quill"]
    assert Event.objects.get(action="review.download_readers").changes["rows"] == 1


@pytest.mark.parametrize("data", [{}, {"act": "lock"}])
def test_a_post_without_any_answer_shows_the_page_again_and_keeps_nothing(sign_in, advisor, data):
    assignment = AssignmentFactory(reader=advisor)
    response = sign_in(advisor).post(assignment.get_absolute_url(), data)
    assert response.status_code in (200, 302)
    assert not Review.objects.filter(assignment=assignment, locked_at__isnull=False).exists()
