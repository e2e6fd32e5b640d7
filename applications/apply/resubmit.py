"""Keeps what a page without script sent after its session had ended, until the person has signed in.

It is kept in the browser's session, and only somebody who may write at the same address gets it.
"""

from dataclasses import dataclass

from allauth.core.ratelimit import consume
from django.conf import settings
from django.http import HttpRequest, QueryDict

KEY = "put_aside"
LONGEST = 100_000  # characters; many times the longest page of a form
NOT_KEPT = {"csrfmiddlewaretoken", "choose"}


def keep(request: HttpRequest) -> bool:
    """Keep a page of the application form, without its files. Returns whether it was kept."""
    if request.method != "POST" or "base" not in request.POST or not consume(request, action="put_aside"):
        return False
    fields = {name: values for name, values in request.POST.lists() if name not in NOT_KEPT}
    if sum(len(value) for values in fields.values() for value in values) > LONGEST:
        return False
    if not consume(request, action="put_aside_by_all", key="all"):
        return False
    had_files = any(file.size for _name, files in request.FILES.lists() for file in files)
    request.session[KEY] = {"path": request.path, "fields": fields, "had_files": had_files}
    if not request.user.is_authenticated:
        request.session.set_expiry(settings.SET_ASIDE_HOURS * 3600)
    return True


@dataclass(frozen=True, slots=True)
class Resubmission:
    """The kept data of a page. `had_files`: files were sent with it, and are lost."""

    data: QueryDict
    had_files: bool


def take(request: HttpRequest) -> Resubmission | None:
    """What was kept for this address; it can be taken once."""
    if request.session.get(KEY, {}).get("path") != request.path:
        return None
    kept = request.session.pop(KEY)
    data = QueryDict(mutable=True)
    for name, values in kept["fields"].items():
        data.setlist(name, values)
    return Resubmission(data, bool(kept.get("had_files")))
