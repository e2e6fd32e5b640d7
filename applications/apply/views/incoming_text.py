"""The office says whose text from an unknown number is, or takes that back."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from applications.apply.actions import incoming as actions
from applications.base.searching import newest_of_each
from applications.models import Application
from applications.models.application import ApplicationQuerySet
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.models import IncomingText
from exchange.web.shortcuts import me, require, rule_message

FOUND_MAX = 10


class FindStudentForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Name, email, phone, student number or code"),
        max_length=100,
        error_messages={
            "required": gettext_lazy("Enter part of a name, an email, a phone number, a student number or a code.")
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def text_attach(request: HttpRequest, code: str) -> HttpResponse:
    """Find the student who wrote a text from an unknown number; it joins their questions. `q`: what was typed."""
    text = _text(request, code)
    if request.method == "POST":
        application = get_object_or_404(_students(request), code=request.POST.get("application", ""))
        try:
            note = actions.attach(text, application, by=me(request))
        except RuleViolation as violation:
            messages.error(request, violation.message)
            return redirect("texts-unknown")
        name = {"name": application.person}
        messages.success(request, _("Added to %(name)s’s questions, where it’s waiting for an answer.") % name)
        return redirect(note.thread)
    if text.handled_at:
        messages.info(request, _("A colleague has taken care of this text, and its words are deleted."))
        return redirect("texts-unknown")
    form = FindStudentForm(request.GET if "q" in request.GET else None)
    typed = form.cleaned_data["q"] if form.is_valid() else ""
    # whose account has the number unconfirmed is shown before anyone types
    found = newest_of_each(_students(request), typed or text.number, me(request), FOUND_MAX + 1)
    context = {
        "text": text,
        "form": form,
        "is_asked": bool(typed),
        "found": found[:FOUND_MAX],
        "has_more": len(found) > FOUND_MAX,
    }
    return render(request, "applications/apply/text_attach.html", context)


@require_POST
def text_detach(request: HttpRequest, code: str) -> HttpResponse:
    """It was someone else's: back to the list of texts from unknown numbers."""
    text = _text(request, code)
    note = actions.note_of(text)
    with rule_message(request, success=_("Undone. The text is back on the list of texts from numbers we don’t know.")):
        actions.detach(text, by=me(request))
        return redirect("texts-unknown-detail", code=code)
    return redirect(note.thread if note else "texts-unknown")


def _text(request: HttpRequest, code: str) -> IncomingText:
    require(roles.is_coordinator(request.user))
    rows = IncomingText.objects.visible_to(request.user).filter(went_to=IncomingText.WentTo.OFFICE)
    return get_object_or_404(rows.select_related("user"), code=code)


def _students(request: HttpRequest) -> ApplicationQuerySet:
    """Of whom one may have written it."""
    return Application.objects.visible_to(request.user).exclude(student=me(request)).exclude(student=None)
