"""The office's page of announcements: what is shown now, a new one, and what has ended."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications.models import Announcement
from exchange.base import roles
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, page_of, require
from travel.base.views import edit
from travel.office.announcements import actions
from travel.office.announcements.forms import AnnouncementForm


@require_http_methods(["GET", "POST"])
def announcement_list(request: HttpRequest) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    form = AnnouncementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            actions.announce(**form.values, by=me(request))
            messages.success(request, _("It’s on the home pages now."))
            return redirect("travel:announcement-list")
    rows = Announcement.objects.visible_to(request.user).select_related("author")
    context = {"form": form, "page_obj": page_of(rows, request), "today": timezone.localdate()}
    return render(request, "travel/office/announcement_list.html", context)


@require_http_methods(["GET", "POST"])
def announcement_edit(request: HttpRequest, code: str) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    row = get_object_or_404(Announcement.objects.visible_to(request.user), code=code)
    return edit(
        request,
        AnnouncementForm(request.POST or None, initial=AnnouncementForm.initial_of(row)),
        lambda form: actions.change(row, form.values, seen=form.cleaned_data["seen"], by=me(request)),
        back=(reverse("travel:announcement-list"), _("Announcements")),
        title=_("Edit an announcement"),
        text=_("People see the new words from now on. No one gets a message."),
    )


@require_POST
def announcement_end(request: HttpRequest, code: str) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    actions.end(get_object_or_404(Announcement.objects.visible_to(request.user), code=code), by=me(request))
    messages.success(request, _("It’s off the home pages."))
    return redirect("travel:announcement-list")
