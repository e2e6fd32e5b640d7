""" "Download everything you hold about me": only to somebody who has just shown who they are."""

from datetime import UTC, datetime, timedelta

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.usersessions.models import UserSession
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from exchange.web import me
from travel.actions import export as actions

FRESH = timedelta(minutes=15)


@never_cache
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """The page says what is inside; the button makes the ZIP. A phone left on a table gives it to nobody."""
    user = me(request)
    if request.method == "POST":
        if not _is_fresh(request):
            return redirect("travel:export")
        name = _("my-data-%(day)s.zip") % {"day": timezone.localdate().isoformat()}
        return FileResponse(
            actions.download(user, by=user), as_attachment=True, filename=name, content_type="application/zip"
        )
    here = urlencode({"next": reverse("travel:export")})
    context = {
        "is_fresh": _is_fresh(request),
        "sign_in_href": f"{reverse('account_login')}?{here}",
        "ways": [
            {"href": f"{way['url']}?{here}", "label": way["description"]}
            for way in get_adapter(request).get_reauthentication_methods(user)
        ],
    }
    return render(request, "travel/export/export.html", context)


def _is_fresh(request: HttpRequest) -> bool:
    """Signed in, or asked again, minutes ago; in this session."""
    user = me(request)
    moments = [datetime.fromtimestamp(each["at"], UTC) for each in get_authentication_records(request, user)]
    session = UserSession.objects.filter(user=user, session_key=request.session.session_key or "").first()
    if session:
        moments.append(session.created_at)
    return any(timezone.now() - moment < FRESH for moment in moments)
