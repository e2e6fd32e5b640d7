"""What a page without script sent after its session had ended: kept until the person has signed in.

It waits in the session of the browser and goes to nobody but who may write at that address.
"""

from dataclasses import dataclass

from allauth.core.ratelimit import consume
from django.http import HttpRequest, QueryDict

KEY = "put_aside"
LONGEST = 200_000  # characters: many times the longest page of a form
NOT_KEPT = {"csrfmiddlewaretoken", "choose"}


def keep(request: HttpRequest) -> bool:
    """Only of a page of the form, which says what it had shown; files are not kept. Whether it is."""
    if request.method != "POST" or "base" not in request.POST or not consume(request, action="put_aside"):
        return False
    fields = {name: values for name, values in request.POST.lists() if name not in NOT_KEPT}
    if sum(len(value) for values in fields.values() for value in values) > LONGEST:
        return False
    had_files = any(file.size for _name, files in request.FILES.lists() for file in files)
    request.session[KEY] = {"path": request.path, "fields": fields, "had_files": had_files}
    return True


@dataclass(frozen=True, slots=True)
class PutAside:
    """`had_files`: files came with it, and are gone."""

    data: QueryDict
    had_files: bool


def take(request: HttpRequest) -> PutAside | None:
    """What this page had sent, once."""
    if request.session.get(KEY, {}).get("path") != request.path:
        return None
    kept = request.session.pop(KEY)
    data = QueryDict(mutable=True)
    for name, values in kept["fields"].items():
        data.setlist(name, values)
    return PutAside(data, bool(kept.get("had_files")))
