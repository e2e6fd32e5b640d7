"""What happened in an account: the person's own page, and the office's search over all accounts."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from exchange.base import roles
from exchange.models import SignInAlert
from exchange.people.account import history as account_history
from exchange.people.merging import actions as merging
from exchange.people.second import resets as account_resets
from exchange.people.second import second
from exchange.people.sign_in import attempts
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message

PER_PAGE = 25
ALERTS_SHOWN = 20


@require_safe
def account_history_page(request: HttpRequest) -> HttpResponse:
    page = page_of(account_history.own(me(request)), request, PER_PAGE)
    reset, merge = account_resets.open_for(me(request)), merging.open_for(me(request))
    context = {
        "page_obj": page,
        "happenings": account_history.in_words(list(page)),
        "reset": reset,
        "reset_path": second.address_of(reset) if reset else "",
        "merge": merge,
        "merge_path": second.address_of(merge) if merge else "",
    }
    return render(request, "account/account_history.html", context)


class SearchForm(forms.Form):
    who = forms.CharField(label=gettext_lazy("Name, email or phone"), required=False, max_length=254)
    kind = forms.ChoiceField(label=gettext_lazy("What happened"), required=False)
    day = forms.DateField(
        label=gettext_lazy("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        kinds = sorted(((action, str(title)) for action, title in account_history.TITLES.items()), key=lambda k: k[1])
        self.fields["kind"].choices = [("", _("Everything")), *kinds]  # type: ignore[attr-defined]


@require_safe
def people_history(request: HttpRequest) -> HttpResponse:
    require(roles.looks_after_accounts(request.user))
    form = SearchForm(request.GET)
    found = account_history.visible_to(request.user)
    page = page_of(account_history.search(found, **form.cleaned_data) if form.is_valid() else found.none(), request)
    context = {
        "form": form,
        "page_obj": page,
        "happenings": account_history.in_words(list(page), shows_people=True),
        "query": query_without_page(request),
        "alerts": attempts.open_alerts().select_related("user")[:ALERTS_SHOWN],
        "can_handle": roles.is_coordinator(request.user),
    }
    return render(request, "exchange/people/people_history.html", context)


@require_POST
def alert_handled(request: HttpRequest, code: str) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    with rule_message(request, success=_("Marked as handled.")):
        attempts.handle(get_object_or_404(SignInAlert, code=code), by=me(request))
    return redirect("people-history")
