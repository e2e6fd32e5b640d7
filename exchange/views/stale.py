"""A page that was open while the person signed in elsewhere: its token is old, its words are not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Says so, and offers to send the same once more with a new token. Files cannot be offered again.

    Only where the browser itself says that our own page sent it: its origin was right, and the cookie came along,
    which no other site's post brings.
    """
    is_ours = reason.startswith("CSRF token") and "csrftoken" in request.COOKIES
    lists = request.POST.lists() if is_ours else ()
    fields = [(name, value) for name, values in lists if name != "csrfmiddlewaretoken" for value in values]
    return render(request, "403_csrf.html", {"fields": fields, "href": request.get_full_path()}, status=403)
