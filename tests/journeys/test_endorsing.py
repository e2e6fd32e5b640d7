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
