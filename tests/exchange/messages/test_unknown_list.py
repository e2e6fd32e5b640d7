"""The list of texts from unknown numbers as a worklist: found, sorted, kept as a view, read one by one, done."""

import datetime as dt
from itertools import count

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.models import IncomingText, SavedView
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LIST = reverse("texts-unknown")
_ids = count()


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True)


@pytest.fixture
def office(sign_in, coordinator):
    return sign_in(coordinator)


def came(number="+12135550142", body="Is the bus at nine?", *, hours=0, **fields) -> IncomingText:
    at = timezone.now() - dt.timedelta(hours=hours)
    base = {"message_id": f"text-{next(_ids)}", "went_to": "office", "sent_at": at, "received_at": at}
    return IncomingText.objects.create(number=number, body=body, **(base | fields))


def found(office, **query) -> list[IncomingText]:
    return list(office.get(LIST, query).context["page_obj"])


@pytest.mark.parametrize("typed", ["autobus", "AUTOBÚS nueve", "(213) 555-0142", "0142", "ana sol"])
def test_a_text_is_found_by_its_words_its_number_or_whose_account_has_it(office, typed):
    ana = UserFactory(full_name="Ána Solís", advisor=True)
    theirs = came(body="¿El autobús sale a las nueve?", user=ana)
    came("+13105550199", "Wrong number, sorry. 100% sure.")

    assert found(office, q=typed) == [theirs]


def test_a_sign_stands_for_itself(office):
    sure = came("+13105550199", "Wrong number, sorry. 100% sure.")
    came()

    assert found(office, q="%") == [sure]


def test_filters_and_heads_are_in_the_address_and_can_be_kept(office, coordinator):
    new = came("+13105550111")
    old = came("+13105550199", hours=3, user=UserFactory())

    assert found(office) == [old, new]  # who has waited longest
    assert found(office, sort="-received") == found(office, sort="number") == [new, old]
    assert found(office, sort="who") == found(office, sort="-who") == [old, new]  # of no one we know: last
    assert found(office, whose="known") == [old]
    assert found(office, whose="unknown") == [new]
    assert found(office, whose="nonsense") == [old, new]

    office.post(reverse("saved-view-save"), {"name": "Strangers", "next": f"{LIST}?whose=unknown"})
    assert SavedView.objects.of(coordinator, "texts-unknown").get().query == "whose=unknown"


def test_the_list_says_whether_nothing_waits_or_nothing_fits(office):
    assert "No texts are waiting" in office.get(LIST).text
    came()
    page = office.get(LIST, {"q": "zebra"}).text
    assert "No text that’s waiting fits these filters." in page
    assert "No texts are waiting" not in page


def test_the_page_asks_ten_queries_however_many_wait(office, django_assert_max_num_queries):
    for number in range(30):
        came(f"+1310555{number:04}", user=UserFactory())
    office.get(LIST)  # what is read once per process

    with django_assert_max_num_queries(10):
        office.get(LIST)
    with django_assert_max_num_queries(10):
        office.get(LIST, {"q": "bus", "sort": "-who"})


@pytest.mark.parametrize("name", ["texts-unknown-detail", "texts-unknown-peek"])
def test_one_text_has_all_its_words_and_a_way_to_call_back(office, name):
    words = "Is the bus at nine? " * 20
    text = came(body=words)
    assert words.strip() not in office.get(LIST).text

    page = office.get(reverse(name, args=[text.code]), {"whose": "unknown"}).text

    for part in (words.strip(), "+1 213-555-0142", 'href="tel:+12135550142"', f"{reverse('travel:find')}?q=%2B1213"):
        assert part in page


@pytest.mark.parametrize("name", ["texts-unknown-detail", "texts-unknown-peek"])
def test_one_that_a_colleague_has_done_leads_back_to_the_list_with_its_filters(office, coordinator, name):
    text = came(body="", handled_at=timezone.now(), handled_by=coordinator)

    answer = office.get(reverse(name, args=[text.code]), {"whose": "unknown"})

    assert answer.url == f"{LIST}?whose=unknown"
    assert "A colleague has taken care of this text" in office.get(answer.url).text


def test_words_are_deleted_on_the_page_that_says_so_and_the_list_keeps_its_filters(office):
    text = came()
    done, page = (reverse(f"texts-unknown-{name}", args=[text.code]) for name in ("done", "detail"))
    row = office.get(LIST).text
    assert f'action="{done}"' not in row and f'href="{page}?#done"' in row
    shown = office.get(page).text
    assert f'action="{done}"' in shown and "that can’t be undone" in shown

    answer = office.post(done, {"query": "whose=unknown&sort=-received"})

    text.refresh_from_db()
    assert (answer.url, text.body) == (f"{LIST}?whose=unknown&sort=-received", "")
