"""The request a phone sends to save one field, and what is stored then."""

import json

from django.urls import reverse

from applications.base import answers
from applications.models import Application

NOW = 1_700_000_000_000  # the phone's clock, in milliseconds


def at(name, application, **more):
    return reverse(f"applications:application-{name}", kwargs={"code": application.code, **more})


def sent(key, fields, number=1, device="phone", seen=None, typed=NOW):
    fields = fields if isinstance(fields, dict) else {key: fields}
    return {
        "key": key, "device": device, "number": number, "seen": seen or {}, "typed_at": typed, "fields": fields
    }  # fmt: skip


def save(client, application, *changes, **headers):
    body = json.dumps({"now": NOW, "changes": list(changes)})
    return client.post(at("save", application), body, content_type="application/json", **headers)


def stored(application, key):
    return answers.by_key(answers.parts_of(Application.objects.get(pk=application.pk)))[key].stored


def rivals(application, key):
    return answers.by_key(answers.parts_of(Application.objects.get(pk=application.pk)))[key].rivals


def page_fields(client, application, section):
    """The fields that a browser would post from the page as it is."""
    form = client.get(at("section", application, section=section)).context["form"]
    fields = {field.html_name: field.value() for field in form if field.value() not in (None, [])}
    return fields | {"base": client.get(at("section", application, section=section)).context["base_json"]}
