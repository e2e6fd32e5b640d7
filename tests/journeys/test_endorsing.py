"""An advisor endorses several students at once, by ticks and by enrollment list, on a phone and a desktop."""

import pytest

from applications.models import Endorsement
from exchange.models import College
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory
from tests.journeys.phone import SIZE, Phones
from tests.journeys.scene import open_cycle

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 800}
LIST = (
    "Student ID;Email;Name;Units;Good standing\n"
    "0088003;;Muñoz, Cora;12;yes\n"
    "88004;;Bob Wrong;9;yes\n"
    "99999;else@mail.example;Somebody Else;12;yes\n"
)


def applicant(cycle, college, number, name, **answers):
    return ApplicationFactory(
        submitted=True,
        cycle=cycle,
        college=college,
        student__full_name=name,
        answered=True,
        answered__full_name=name,
        answered__student_number=number,
        **{f"answered__{key}": value for key, value in answers.items()},
    )


@pytest.mark.parametrize(("language", "size", "scheme"), [("en", SIZE, "light"), ("es", DESK, "dark")])
def test_several_at_once_and_the_colleges_list(browser, live_server, transactional_db, language, size, scheme):
    cycle = open_cycle()
    college = College.objects.get(code="lacc")
    people = [
        applicant(cycle, college, f"8800{number}", name)
        for number, name in enumerate(("Ana Ruiz", "Bea Long", "Cora Muñoz", "Dee Park"), start=1)
    ]
    applicant(cycle, college, "88009", "Eve Stone", good_standing="not_sure")
    advisor = UserFactory(advisor=college, language=language)
    with Phones(browser, live_server.url, language, scheme, size) as phones:
        phone = phones.open(advisor)
        phone.go("/endorsements/").follow('$="/several/"')
        phone.send(take=[people[0].code])  # units are missing: the page says so and keeps the tick
        assert phone.view == "applications:endorsement-several"
        assert phone.page.locator(f'[name="take"][value="{people[0].code}"]').is_checked()
        phone.page.locator('[name="as_they_say"]').check()
        phone.send(take=[each.code for each in people[:2]], in_good_standing="yes")
        assert phone.view == "applications:endorsement-list"
        assert Endorsement.objects.count() == 2

        phone.follow('$="/list/"')
        file = {"name": "list.csv", "mimeType": "text/csv", "buffer": LIST.encode("cp1252")}
        phone.page.locator('main [name="file"]').set_input_files(file)
        phone.send()
        assert "Somebody" not in phone.text()
        assert phone.page.locator(f'[name="take"][value="{people[2].code}"]').is_checked()
        dee = people[3].code
        phone.send(**{f"decide_{dee}": "ask_the_office", f"note_{dee}": "Bob and Dee?"})
        assert phone.view == "applications:endorsement-list"
        phone.go(f"/endorsements/{dee}/")
    said = dict(Endorsement.objects.values_list("application__code", "result"))
    assert [said.get(each.code) for each in people] == ["endorsed", "endorsed", "endorsed", "ask_the_office"]


@pytest.mark.parametrize(("language", "size", "scheme"), [("en", SIZE, "light"), ("es", DESK, "dark")])
def test_two_advisors_have_one_endorsement_open(browser, live_server, transactional_db, language, size, scheme):
    """The second reads what the first said, loses nothing of their own, and decides again knowing it."""
    cycle, college = open_cycle(), College.objects.get(code="lacc")
    ana = applicant(cycle, college, "88001", "Ana Ruiz")
    page, form = f"/endorsements/{ana.code}/", 'form[method="post"]:has([name=result])'
    first, second = (UserFactory(advisor=college, language=language, full_name=name) for name in ("Ruth Vo", "Al Diaz"))
    with Phones(browser, live_server.url, language, scheme, size) as phones:
        desks = [phones.open(person).go(page) for person in (first, second)]
        said = {"is_enrolled": "yes", "units": 12, "in_good_standing": "yes"}
        desks[0].send(form, result="endorsed", note="Ask her about the choir.", **said)
        desks[1].send(form, result="not_endorsed", note="She told me she’s leaving.", **said)
        assert desks[1].view == "applications:endorsement-record"
        assert "Ask her about the choir." in desks[1].text()
        assert desks[1].page.locator("[name=note]").input_value() == "She told me she’s leaving."
        assert Endorsement.objects.get().result == "endorsed"
        desks[1].send(form)
    assert Endorsement.objects.values_list("result", "note", "endorsed_by").get() == (
        *("not_endorsed", "She told me she’s leaving."),
        second.pk,
    )
