"""What a person does on the way in, for tests that sign in as people do."""

import re

from django.urls import reverse

from exchange.models import Message


def newest(address):
    return Message.objects.filter(address=address).first()


def code_for(address):
    return re.search(r"\b\d{6}\b", newest(address).body)[0]


def ask_for_code(client, login, **extra):
    return client.post(reverse("account_login"), {"login": login, **extra})


def type_code(client, code, page="account_confirm_login_code"):
    return client.post(reverse(page), {"code": code})


def sign_up(client, contact, name="Nadia", language="en"):
    data = {"contact": contact, "preferred_name": name, "language": language}
    return client.post(reverse("account_signup"), data)


def signed_in(client):
    return client.session.get("_auth_user_id")
