"""The page on which the office names each college's advisor, who signs reminders to its students."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.models import College, Role, User
from exchange.people import colleges
from exchange.web.edited import EditedForm, refuse
from exchange.web.shortcuts import me, require


class AdvisorsForm(EditedForm):
    """One choice for each college, of its own advisors."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

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
        self.initial["seen"] = colleges.seen_of(self.colleges.values())

    @property
    def named(self) -> dict[College, User | None]:
        """Whom the person chose."""
        return {college: self.advisors[code].get(self.cleaned_data[code]) for code, college in self.colleges.items()}


@require_http_methods(["GET", "HEAD", "POST"])
def college_advisors(request: HttpRequest) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    form = AdvisorsForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "exchange/people/college_advisors.html", {"form": form})
    try:
        colleges.name_advisors(form.named, seen=form.cleaned_data["seen"], by=me(request))
    except RuleViolation as violation:
        refuse(form, violation)
        return render(request, "exchange/people/college_advisors.html", {"form": form})
    messages.success(request, _("Saved."))
    return redirect("college-advisors")
