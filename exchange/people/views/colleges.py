"""The page on which the office names each college's advisor, who signs reminders to its students."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from exchange.base import roles
from exchange.models import College, Role, User
from exchange.people import colleges
from exchange.web.shortcuts import me, require, rule_message


class AdvisorsForm(forms.Form):
    """One choice for each college, of its own advisors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colleges = {college.code: college for college in College.objects.select_related("named_advisor")}
        advisors = Role.objects.filter(kind=Role.Kind.ADVISOR, user__is_active=True).select_related("user", "college")
        self.advisors: dict[str, dict[str, User]] = {code: {} for code in self.colleges}
        for role in advisors.order_by("user__full_name"):
            if role.college:  # an advisor always has one
                self.advisors[role.college.code][role.user.code] = role.user
        for code, college in self.colleges.items():
            people = [(user_code, str(user)) for user_code, user in self.advisors[code].items()]
            self.fields[code] = forms.ChoiceField(
                label=college.name,
                choices=[("", _("The exchange team")), *people],
                initial=college.named_advisor.code if college.named_advisor else "",
                required=False,
            )


@require_http_methods(["GET", "HEAD", "POST"])
def college_advisors(request: HttpRequest) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    form = AdvisorsForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "exchange/people/college_advisors.html", {"form": form})
    with rule_message(request, success=_("Saved.")):
        for code, chosen in form.cleaned_data.items():
            colleges.name_advisor(form.colleges[code], form.advisors[code].get(chosen), by=me(request))
    return redirect("college-advisors")
