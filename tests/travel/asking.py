"""Answers the passport questions as a phone without script does: one page after another."""

from django.urls import reverse


def questions_url(application):
    return reverse("travel:passport-route", kwargs={"code": application.code})


def carried(response):
    """The hidden fields of a page."""
    found = {}
    for name, value in response.context["hidden"]:
        found.setdefault(name, []).append(value)
    return found


def answer(client, response, value=None, **more):
    """Posts one page; `value` answers its question."""
    page = response.context["page"]
    data = carried(response) | more
    if page is not None:
        data["shown"] = page.name
        if value is not None:
            data[page.name] = value
    return client.post(response.request["PATH_INFO"], data)


def walk(client, application, answers):
    """Answers question after question until there is a route or `answers` has no answer. Returns the last response."""
    response, asked = client.get(questions_url(application)), []
    while response.status_code == 200 and response.context["page"] is not None:
        name = response.context["page"].name
        assert response.context["page"].label, f"{name} has no words"
        if name not in answers:
            break
        asked.append(name)
        assert len(asked) == len(set(asked)), f"{name} was asked twice"
        response = answer(client, response, answers[name])
    assert set(answers) <= set(asked) | {"never"}, f"never asked: {set(answers) - set(asked)}"
    return response
