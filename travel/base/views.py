"""The page on which the office edits one row: a form, its save, and a link back."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from exchange.web.edited import refusal_in


def edit[EditForm: forms.Form](
    request: HttpRequest,
    form: EditForm,
    act: Callable[[EditForm], object],
    *,
    back: tuple[str, str],
    **page: object,
) -> HttpResponse:
    """GET shows the form. POST passes it to `act`, then redirects to `back`: (address, name of the page).

    `page`: title, and optionally label, text, remove (an address to post to), saved (the success message), student (an
    application: the page says how to reach them). `template`: a page that extends it.
    """
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            act(form)
            messages.success(request, str(page.get("saved") or _("Saved.")))
            return redirect(back[0])
    template = str(page.pop("template", "travel/base/row.html"))
    return render(request, template, {"form": form, "back": back, **page})
