"""The referee's page: no account, a private link, one letter."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from applications.actions import application as actions
from applications.forms.application import LetterForm
from applications.models import Recommendation
from exchange.web import rule_message


@login_not_required
@never_cache
@sensitive_post_parameters("letter")
@require_http_methods(["GET", "POST"])
def recommendation_write(request, token: str) -> HttpResponse:
    """A link that was never sent, or was replaced, is unknown: 404."""
    asked = Recommendation.objects.filter(requested_at__isnull=False)
    recommendation = get_object_or_404(asked.select_related("application__student", "application__cycle"), token=token)
    form = LetterForm(request.POST or None) if recommendation.takes_letter else None
    if request.method == "POST":
        if form and form.is_valid():
            with rule_message(request):
                actions.write_recommendation(recommendation, letter=form.cleaned_data["letter"])
            return redirect("applications:recommendation-write", token=token)
        if not form:  # a second tap: what was received stays
            return redirect("applications:recommendation-write", token=token)
    context = {
        "recommendation": recommendation,
        "application": recommendation.application,
        "student": recommendation.application.student,
        "form": form,
    }
    return render(request, "applications/application/recommendation.html", context)
