"""Writes the access log with the answer: what a view said it opened counts only if the page or file was sent."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from exchange.base import access
from exchange.base.access import Opening
from exchange.files.storage import LinkToFile
from exchange.models import User

KEY = "exchange.openings"


def opens(request: HttpRequest, *openings: Opening) -> None:
    """Say that this request shows students' files. Call it where they are looked up."""
    request.META.setdefault(KEY, []).extend(openings)


class AccessLogMiddleware:
    """One statement for each answer that shows a student's file. An answer that can't be logged isn't sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        openings = request.META.get(KEY)
        is_sent = response.status_code == 200 or isinstance(response, LinkToFile)
        if openings and is_sent and isinstance(request.user, User):
            access.record(dict.fromkeys(openings), by=request.user)
        return response
