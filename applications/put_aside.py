"""What a page without script sent after its session had ended: kept until the person has signed in.

It waits in the session of the browser and goes to nobody but who may write at that address.
"""

from allauth.core.ratelimit import consume
from django.http import HttpRequest, QueryDict

KEY = "put_aside"
LONGEST = 200_000  # characters: many times the longest page of a form
NOT_KEPT = {"csrfmiddlewaretoken", "choose"}


def keep(request: HttpRequest) -> None:
    """Only of a page of the form, which says what it had shown; files are not kept."""
    if request.method != "POST" or "base" not in request.POST or not consume(request, action="put_aside"):
        return
    fields = {name: values for name, values in request.POST.lists() if name not in NOT_KEPT}
    if sum(len(value) for values in fields.values() for value in values) <= LONGEST:
        request.session[KEY] = {"path": request.path, "fields": fields}


def take(request: HttpRequest) -> QueryDict | None:
    """What this page had sent, once."""
    if request.session.get(KEY, {}).get("path") != request.path:
        return None
    data = QueryDict(mutable=True)
    for name, values in request.session.pop(KEY)["fields"].items():
        data.setlist(name, values)
    return data
