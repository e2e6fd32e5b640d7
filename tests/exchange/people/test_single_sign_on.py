"""Sign-in through a college's own server: real providers on loopback, from our page to theirs and back."""

import html
import re
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import jwt
import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.test import Client
from django.urls import reverse

from exchange.models import Event, Role, SingleSignOn
from exchange.people.colleges import openid
from exchange.people.colleges.single_sign_on import app_of
from tests.college_servers import oidc_server, saml_server
from tests.factories import CollegeFactory, UserFactory

pytestmark = pytest.mark.django_db
CHOOSE = "/account/college/"
ANA = "ana@valley.example.edu"


def text_of(response):
    return html.unescape(re.sub(r"\s+", " ", response.content.decode()))


def browser():
    return Client(HTTP_HOST="localhost")  # SAML knows no host named "testserver"


@pytest.fixture
def client():
    return browser()


@pytest.fixture
def college():
    return CollegeFactory(code="valley", name="Valley College")


@pytest.fixture
def oidc(college):
    people = [
        ("ana", {"email": ANA, "email_verified": True, "name": "Ana Ruiz", "birthdate": "2001-01-01"}),
        ("unsure", {"email": "sam@valley.example.edu", "email_verified": False}),
        ("elsewhere", {"email": "mayor@city.example.gov", "email_verified": True}),
        ("below", {"email": "ana@students.valley.example.edu", "email_verified": True}),
    ]
    with oidc_server(*people) as address:
        SingleSignOn.objects.create(
            college=college,
            protocol="oidc",
            is_on=True,
            domains="valley.example.edu",
            server_url=address,
            client_id="portal",
            client_secret="its secret",
        )
        yield address


def leave(client, **fields):
    """Choose the college; the address to which the page sends us."""
    answer = client.post(CHOOSE, {"college": "valley", **fields})
    assert answer.status_code == 302, text_of(answer)
    return answer.url


def come_back(client, there, person):
    """Sign in on the provider's page as this person and follow it back to the portal."""
    answer = requests.post(there, data={"sub": person}, allow_redirects=False, timeout=10)
    assert answer.status_code in {302, 303}, answer.text
    back = urlsplit(answer.headers["Location"])
    return client.get(f"{back.path}?{back.query}")


def is_in(client, user):
    return client.session.get("_auth_user_id") == str(user.pk)


# --- OpenID Connect --------------------------------------------------------------------------------


def test_student_signs_in_through_the_college_and_lands_where_they_wanted(client, oidc):
    student = UserFactory(email=ANA)
    back = come_back(client, leave(client, next="/account/"), "ana")

    assert back.status_code == 302
    assert back.url == "/account/"
    assert is_in(client, student)
    assert EmailAddress.objects.get(user=student).verified
    assert Event.objects.filter(action="person.connect_college", by=student).count() == 1


def test_nothing_but_the_address_is_stored(client, oidc):
    UserFactory(email=ANA, full_name="A. Ruiz")
    come_back(client, leave(client), "ana")
    account = SocialAccount.objects.get()
    assert account.extra_data == {}
    assert account.user.full_name == "A. Ruiz"


def test_second_time_the_college_is_known_even_under_a_new_address(client, oidc):
    student = UserFactory(email=ANA)
    come_back(client, leave(client), "ana")
    EmailAddress.objects.filter(user=student).update(email="moved@example.org")
    student.email = "moved@example.org"
    student.save()

    again = browser()
    come_back(again, leave(again), "ana")
    assert is_in(again, student)


def test_nobody_gets_an_account_or_a_role_by_it(client, oidc):
    back = come_back(client, leave(client), "ana")
    assert back.status_code == 403
    assert "We don’t have an account" in text_of(back).replace("we don’t", "We don’t")
    assert "the exchange team has to invite you first" in text_of(back)
    assert not SocialAccount.objects.exists() and not Role.objects.exists()


def test_invited_advisor_comes_in_and_is_still_asked_for_a_second_factor(client, oidc, college, settings):
    settings.STAFF_SECOND_FACTOR = True
    advisor = UserFactory(email=ANA, advisor=college)
    come_back(client, leave(client), "ana")
    assert is_in(client, advisor)
    page = client.get(reverse("applications:endorsement-list"))
    assert page.status_code == 302
    assert page.url.startswith("/account/2fa/")


@pytest.mark.parametrize(
    "role", [{"coordinator": True}, {"director": True}, {"is_staff": True}, {"is_superuser": True}], ids=str
)
def test_college_opens_no_account_that_reaches_beyond_it(client, oidc, role):
    user = UserFactory(email=ANA, **role)
    back = come_back(client, leave(client), "ana")
    assert back.status_code == 403
    assert "Your role reaches beyond one college" in text_of(back)
    assert not is_in(client, user)
    assert Event.objects.filter(action="person.refuse_college_sign_in").exists()


def test_nor_an_advisor_of_another_college(client, oidc):
    UserFactory(email=ANA, advisor=CollegeFactory())
    assert come_back(client, leave(client), "ana").status_code == 403


def test_account_that_got_a_wider_role_later_is_refused_from_then_on(client, oidc):
    student = UserFactory(email=ANA)
    come_back(client, leave(client), "ana")
    Role.objects.create(user=student, kind=Role.Kind.COORDINATOR)
    again = browser()
    assert come_back(again, leave(again), "ana").status_code == 403


@pytest.mark.parametrize("person", ["elsewhere", "below", "unsure"])
def test_college_vouches_for_its_own_confirmed_addresses_only(client, oidc, person):
    for email in ("mayor@city.example.gov", "ana@students.valley.example.edu", "sam@valley.example.edu"):
        UserFactory(email=email)
    back = come_back(client, leave(client), person)
    assert back.status_code == 403
    assert "isn’t one of its own" in text_of(back)
    assert "_auth_user_id" not in client.session


def test_closed_account_stays_closed(client, oidc):
    UserFactory(email=ANA, is_active=False)
    assert "This account is closed" in text_of(come_back(client, leave(client), "ana"))


def test_answer_that_nobody_asked_for_is_refused(client, oidc):
    UserFactory(email=ANA)
    there = leave(client)
    stranger = browser()
    back = come_back(stranger, there, "ana")
    assert back.status_code == 403
    assert "Nothing was changed" in text_of(back)
    assert "_auth_user_id" not in stranger.session


def test_made_up_code_is_refused(client, oidc):
    there = leave(client)
    state = re.search(r"state=([^&]+)", there)[1]
    back = client.get(f"/account/college/valley/oidc/back/?code=made-up&state={state}")
    assert back.status_code == 403


def test_token_of_another_sign_in_is_refused(client, oidc):
    UserFactory(email=ANA)
    there = re.sub(r"nonce=[^&]+", "nonce=of-another-sign-in", leave(client))

    assert "nonce=" in there
    assert come_back(client, there, "ana").status_code == 403
    assert "_auth_user_id" not in client.session


def test_two_windows_can_sign_in(client, oidc):
    student = UserFactory(email=ANA)
    first, _second = leave(client), leave(client)
    come_back(client, first, "ana")

    assert is_in(client, student)


@contextmanager
def another_server(answer):
    """A server that answers each question with this (status, headers, body)."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, body = answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        SingleSignOn.objects.update(server_url=f"http://127.0.0.1:{web.server_port}")
        yield
        web.shutdown()


def test_server_that_calls_itself_something_else_is_not_asked(client, oidc):
    config = requests.get(f"{oidc}/.well-known/openid-configuration", timeout=10).content
    with another_server((200, {"Content-Type": "application/json"}, config)):
        answer = client.post(CHOOSE, {"college": "valley"})
    assert answer.status_code == 403
    assert "Nothing was changed" in text_of(answer)


ENDPOINTS = ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"]
OF_GOOGLE = {
    "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
    "token_endpoint": "https://oauth2.googleapis.com/token",
    "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
    "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
}
HOSTS_OF_GOOGLE = "oauth2.googleapis.com\nopenidconnect.googleapis.com\nwww.googleapis.com"


def config_of(monkeypatch, rf, server_url, named, hosts=""):
    """Our reading of a college's discovery document that names these addresses."""
    monkeypatch.setattr(openid.OpenIDConnectOAuth2Adapter, "openid_config", {"issuer": server_url, **named})
    SingleSignOn.objects.update(server_url=server_url, hosts=hosts)
    return openid.CollegeAdapter(rf.get("/"), "valley").openid_config


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize("address", ["https://evil.example/x", "http://accounts.google.com/x", "https://10.0.0.7/", ""])
def test_addresses_of_a_college_are_on_its_own_host_or_on_one_that_the_office_named(
    oidc, monkeypatch, rf, caplog, name, address
):
    google = ("https://accounts.google.com", OF_GOOGLE)
    assert config_of(monkeypatch, rf, *google, HOSTS_OF_GOOGLE)["token_endpoint"] == OF_GOOGLE["token_endpoint"]
    with pytest.raises(OAuth2Error, match="token_endpoint is on another host"):
        config_of(monkeypatch, rf, *google)
    with pytest.raises(OAuth2Error, match=f"{name} is on another host"):
        config_of(monkeypatch, rf, google[0], OF_GOOGLE | {name: address}, HOSTS_OF_GOOGLE)
    assert f"the sign-in of valley names a host that it may not: {name} {address!r}" in caplog.messages


def test_college_in_the_clear_is_on_this_machine_or_not_asked(oidc, monkeypatch, rf):
    for host, is_asked in (("localhost:9", True), ("sign-in.example.edu", False)):
        named = dict.fromkeys(ENDPOINTS, f"http://{host}/x")
        if is_asked:
            assert config_of(monkeypatch, rf, f"http://{host}", named)
        else:
            with pytest.raises(OAuth2Error, match="on another host"):
                config_of(monkeypatch, rf, f"http://{host}", named)


def test_redirect_of_a_colleges_server_is_not_followed(client, oidc):
    with another_server((302, {"Location": f"{oidc}/.well-known/openid-configuration"}, b"")):
        answer = client.post(CHOOSE, {"college": "valley"})
    assert answer.status_code == 403


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_token_that_is_not_signed_with_a_public_key_is_refused(oidc, rf, algorithm):
    request = rf.get("/")
    request.session = {openid.NONCES: ["n"]}
    claims = {"iss": oidc, "aud": "portal", "exp": time.time() + 60, "sub": "ana", "nonce": "n"}
    token = jwt.encode(claims, "its secret" * 5 if algorithm == "HS256" else None, algorithm, headers={"kid": "1"})
    row = SingleSignOn.objects.get()

    with pytest.raises(OAuth2Error, match=algorithm):
        openid.CollegeAdapter(request, "valley")._decode_id_token(app_of(row), token)


def test_college_that_was_turned_off_in_between(client, oidc):
    UserFactory(email=ANA)
    there = leave(client)
    SingleSignOn.objects.update(is_on=False)
    assert come_back(client, there, "ana").status_code == 404
    assert client.post(CHOOSE, {"college": "valley"}).status_code == 200


def test_server_that_does_not_answer_costs_seconds_and_says_so(client, oidc, settings):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.3
    with socket.create_server(("localhost", 0)) as frozen:
        SingleSignOn.objects.update(server_url=f"http://localhost:{frozen.getsockname()[1]}")
        began = time.monotonic()
        answer = client.post(CHOOSE, {"college": "valley"})
        assert time.monotonic() - began < 5
    assert answer.status_code == 403
    assert "Nothing was changed" in text_of(answer)


def test_shared_device_is_asked_about_as_with_a_code(client, oidc):
    UserFactory(email=ANA)
    come_back(client, leave(client, shared="on"), "ana")
    assert client.session.get_expire_at_browser_close()


# --- SAML ------------------------------------------------------------------------------------------

MAIL = "mail"
SUBJECT = "urn:oasis:names:tc:SAML:attribute:subject-id"


@pytest.fixture
def saml(client, college, tmp_path):
    row = SingleSignOn.objects.create(
        college=college,
        protocol="saml",
        is_on=True,
        domains="valley.example.edu",
        server_url="https://sign-in.example.edu/sso",
        entity_id="https://sign-in.example.edu/saml",
        certificate="to come",
    )
    metadata = client.get("/account/college/valley/saml/metadata/")
    assert metadata.status_code == 200
    with saml_server(tmp_path, metadata.content.decode()) as server:
        row.server_url, row.certificate = server.address, server.certificate
        row.save()
        server.attributes = {MAIL: [ANA], "eduPersonPrincipalName": ["ana@valley"]}
        yield server


def hand_over(client, there):
    """What a browser does: fetch the server's page, post its answer to us without our cookies, follow us."""
    said = requests.get(there, timeout=10).text
    post = browser().post("/account/college/valley/saml/back/", {"SAMLResponse": said})
    assert post.status_code == 302
    for cookie in post.cookies.values():
        client.cookies[cookie.key] = cookie.value
    return client.get(post.url)


def test_saml_student_signs_in(client, saml):
    student = UserFactory(email=ANA)
    back = hand_over(client, leave(client))
    assert back.status_code == 302, text_of(back)
    assert is_in(client, student)
    assert SocialAccount.objects.get().extra_data == {}


def test_saml_address_of_another_domain_is_refused(client, saml):
    UserFactory(email="mayor@city.example.gov")
    saml.attributes = {MAIL: ["mayor@city.example.gov"]}
    assert "isn’t one of its own" in text_of(hand_over(client, leave(client)))


def test_saml_answer_signed_by_a_stranger_is_refused(client, saml):
    student = UserFactory(email=ANA)
    saml.is_forged = True
    back = hand_over(client, leave(client))
    assert back.status_code == 403
    assert not is_in(client, student)


def test_saml_answer_to_somebody_elses_question_is_refused(client, saml):
    student = UserFactory(email=ANA)
    there = leave(client)
    stranger = browser()
    back = hand_over(stranger, there)
    assert back.status_code == 403
    assert not is_in(stranger, student)


def test_saml_sign_in_that_nobody_asked_for_is_refused(client, saml):
    student = UserFactory(email=ANA)
    there = leave(client)
    saml.asks_us = False
    assert hand_over(client, there).status_code == 403
    assert not is_in(client, student)


# --- Pages -----------------------------------------------------------------------------------------


def test_sign_in_page_offers_it_only_where_a_college_does(client, college):
    assert CHOOSE not in client.get("/account/login/").content.decode()
    assert "No college offers this right now" in text_of(client.get(CHOOSE))
    SingleSignOn.objects.create(
        college=college,
        protocol="oidc",
        is_on=True,
        domains="valley.example.edu",
        server_url="https://sign-in.example.edu",
        client_id="portal",
        client_secret="its secret",
    )
    assert CHOOSE in client.get("/account/login/").content.decode()
    page = client.get(CHOOSE)
    assert "Valley College" in text_of(page)
    assert "form-action 'self' https:" in page.headers["Content-Security-Policy"]


def test_pages_of_allauth_that_we_do_not_offer(client):
    for path in ("3rdparty/", "3rdparty/signup/", "college/valley/saml/out/", "oidc/valley/login/"):
        assert client.get(f"/account/{path}").status_code in {302, 404}, path
        assert client.post(f"/account/{path}").status_code in {302, 403, 404}, path
