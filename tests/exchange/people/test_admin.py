"""The office's admin: corrections of reference rows are audited; history and people's keys are read-only."""

import pytest
from django.contrib import admin
from django.urls import reverse, reverse_lazy

from exchange.models import College, DatedReference, Event, Message, PartnerCity, Role, SingleSignOn, User
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_travel import EntryRuleFactory
from travel.models import StandardPrompt, StandardStep, StandardSurveyItem

pytestmark = pytest.mark.django_db

ACCOUNT = reverse_lazy("account-detail")


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True, is_staff=True, is_superuser=True))


def test_admin_sends_strangers_to_the_one_sign_in(client):
    response = client.get(reverse("admin:index"), follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert 'type="password"' not in response.text


def test_admin_is_closed_to_coordinators_without_the_right(sign_in):
    assert sign_in(UserFactory(coordinator=True)).get(reverse("admin:login")).status_code == 403


def test_admin_wants_the_second_step(office, settings):
    settings.STAFF_SECOND_FACTOR = True
    assert office.get(reverse("admin:index")).url == reverse("mfa_index")


def test_what_has_pages_under_set_up_is_not_here(office):
    assert not any(issubclass(model, DatedReference) for model in admin.site._registry)


def test_admin_shows_no_keys_sessions_or_passwords(office):
    apps = {model._meta.app_label for model in admin.site._registry}

    assert apps.isdisjoint({"account", "mfa", "usersessions", "socialaccount", "auth"})
    assert office.get(reverse("admin:password_change")).status_code == 404


def test_correction_is_recorded(office):
    college = CollegeFactory(place="Wilmington")
    page = reverse("admin:exchange_college_change", args=[college.pk])
    fields = {name: getattr(college, name) for name in ("code", "name", "short_name", "mis_code")}

    office.post(page, {**fields, "place": "San Pedro"})

    college.refresh_from_db()
    assert college.place == "San Pedro"
    event = Event.objects.get(action="admin.change")
    assert (event.target_model, event.target_id) == ("exchange.college", college.pk)
    assert event.changes == {"fields": ["place"]}


def test_roles_are_shown_here_and_given_elsewhere(office):
    role = UserFactory(director=True).roles.get()

    assert office.get(reverse("admin:exchange_role_change", args=[role.pk])).status_code == 200
    assert office.get(reverse("admin:exchange_role_add")).status_code == 403
    assert office.post(reverse("admin:exchange_role_delete", args=[role.pk]), {"post": "yes"}).status_code == 403


def test_right_to_the_admin_signs_out_too_and_a_new_name_does_not(office, sign_in):
    user = UserFactory(email="ana@example.edu")
    client = sign_in(user)
    page = reverse("admin:exchange_user_change", args=[user.pk])
    fields = {
        "email": user.email,
        "full_name": "Ana Ruiz",
        "preferred_name": "Ana",
        "language": "en",
        "is_active": "on",
    }

    office.post(page, fields)
    assert client.get(ACCOUNT).status_code == 200
    office.post(page, {**fields, "is_staff": "on"})
    assert client.get(ACCOUNT).status_code == 302


def test_messages_are_listed_without_their_text(office):
    message = Message.objects.create(
        channel="text", address="+12135550134", language="en", template="exchange/sign_in_code", body="123456"
    )

    page = office.get(reverse("admin:exchange_message_change", args=[message.pk]))

    assert "+12135550134" in page.text
    assert "123456" not in page.text
    assert office.post(reverse("admin:exchange_message_delete", args=[message.pk]), {"post": "yes"}).status_code == 403


def row_of(model):
    """A row that nothing refers to."""
    makers = {
        College: CollegeFactory,
        PartnerCity: PartnerCityFactory,
        Role: lambda: UserFactory(director=True).roles.get(),
        User: UserFactory,
        Event: lambda: Event.objects.create(action="test", target_model="exchange.user", target_id=1),
        SingleSignOn: lambda: SingleSignOn.objects.create(
            college=CollegeFactory(), protocol="oidc", client_id="x", client_secret="x"
        ),
        Message: lambda: Message.objects.create(channel="text", address="+12135550134", language="en", template="x"),
        StandardStep: lambda: StandardStep.objects.create(
            key=f"step-{StandardStep.objects.count()}", order=1, days_before=3, title_en="Pack", title_es="Empaca"
        ),
        StandardSurveyItem: lambda: StandardSurveyItem.objects.create(
            key=f"item-{StandardSurveyItem.objects.count()}", order=1, text_en="I do.", text_es="Sí.", source_name="us"
        ),
        StandardPrompt: lambda: StandardPrompt.objects.create(
            key=f"prompt-{StandardPrompt.objects.count()}", order=1, days=3, text_en="Why?", text_es="¿Por qué?"
        ),
    }
    return makers[model]()


@pytest.mark.parametrize("model", sorted(admin.site._registry, key=str))
def test_deleting_many_rows_works_or_is_not_offered(office, model):
    page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    rows = [row_of(model), row_of(model)]
    is_offered = "delete_selected" in office.get(page).text
    chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}

    asked = office.post(page, chosen, follow=True)
    done = office.post(page, {**chosen, "post": "yes"}, follow=True)

    assert (asked.status_code, done.status_code) == (200, 200)
    assert is_offered == (not issubclass(model, (User, Role, Event, Message)))
    assert model.objects.filter(pk__in=[row.pk for row in rows]).count() == (0 if is_offered else 2)
    assert Event.objects.filter(action="admin.delete", by__isnull=False).count() == (2 if is_offered else 0)


def test_a_row_that_others_need_is_not_deleted_and_the_page_says_why(office):
    city = EntryRuleFactory().city
    chosen = {"action": "delete_selected", "_selected_action": [city.pk]}

    page = office.post(reverse("admin:exchange_partnercity_changelist"), {**chosen, "post": "yes"})

    assert page.status_code == 200 and "would require deleting the following protected related objects" in page.text
    assert PartnerCity.objects.filter(pk=city.pk).exists()


def test_the_key_of_a_row_cannot_be_changed(office):
    city = PartnerCityFactory(code="hanoi")
    page = reverse("admin:exchange_partnercity_change", args=[city.pk])

    assert 'name="code"' not in office.get(page).text
    assert 'name="code"' in office.get(reverse("admin:exchange_partnercity_add")).text


@pytest.mark.parametrize("model", ["college", "partnercity", "role", "user", "event", "message"])
def test_every_list_opens_and_searches(office, model):
    assert office.get(reverse(f"admin:exchange_{model}_changelist"), {"q": "a"}).status_code == 200


@pytest.mark.parametrize(
    ("entered", "told", "kept"),
    [
        ({"server_url": "http://sign-in.example.edu"}, "Begin it with https://", None),
        ({"hosts": "https://www.example.edu/keys"}, "https://www.example.edu/keys isn’t a host", None),
        ({"hosts": "Keys.Example.edu, www.example.edu"}, "", "keys.example.edu\nwww.example.edu"),
    ],
)
def test_a_colleges_server_is_entered_by_https_and_further_hosts_by_name(office, entered, told, kept):
    college = CollegeFactory()
    said = {
        "college": college.pk,
        "protocol": "oidc",
        "domains": "example.edu",
        "server_url": "https://sign-in.example.edu",
        "client_id": "portal",
        "client_secret": "its secret",
    }
    page = office.post(reverse("admin:exchange_singlesignon_add"), said | entered)

    assert told in page.text
    assert [row.hosts for row in SingleSignOn.objects.filter(college=college)] == ([] if kept is None else [kept])
