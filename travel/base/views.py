"""The page of one row that the office keeps: a form, its save, and a way back."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from exchange.base.errors import RuleViolation


def edit(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[forms.Form], object],
    *,
    back: tuple[str, str],
    **page: object,
) -> HttpResponse:
    """GET shows the form, POST hands it to `act`, then leads to `back`: (address, name of the page).

    `page`: title, and where there is any: label, text, remove (an address to post to), saved (what to say).
    """
    if request.method == "POST" and form.is_valid():
        try:
            act(form)
        except RuleViolation as violation:
            form.add_error(None, violation.message)
        else:
            messages.success(request, str(page.get("saved") or _("Saved.")))
            return redirect(back[0])
    return render(request, "travel/base/row.html", {"form": form, "back": back, **page})
