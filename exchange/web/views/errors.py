"""The page of an error in our code. It uses neither database nor templates' tags, either of which may be what broke."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponseServerError
from django.utils.html import escape
from django.views.decorators.csrf import requires_csrf_token
from structlog import contextvars

from exchange.base import home

# marks in the page: the program's name, what is said if somebody is told of errors, and what finds the lines of the log
PROGRAM = "<!-- program -->"
TOLD = {"<!-- told en -->": "We’ve been told about it.", "<!-- told es -->": "Ya nos avisaron."}

NUMBER = {"<!-- number en -->": ", and give them this number: {}", "<!-- number es -->": " y dale este número: {}"}
SHOWN = 8  # digits of it, to say on the phone


@cache
def _page(is_told: bool) -> str:
    text: str = (settings.BASE_DIR / "templates" / "500.html").read_text()
    for mark, sentence in TOLD.items():
        text = text.replace(mark, sentence if is_told else "")
    return text


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponseServerError:
    page = _page(is_told=bool(settings.ADMINS))
    number = str(contextvars.get_contextvars().get("request", ""))[:SHOWN]
    for mark, words in NUMBER.items():
        page = page.replace(mark, words.format(number) if number else "")
    return HttpResponseServerError(page.replace(PROGRAM, escape(home.without_asking().program)))
