"""The items of a cycle's survey, edited under Set up by coordinators."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from applications.cycle.actions.form_edit import key_from
from applications.cycle.views.setup import cycle_of
from applications.models import Cycle
from exchange.web.shortcuts import me, rule_message
from travel.base import actions as rows
from travel.base.views import edit
from travel.models import SurveyItem
from travel.office.preparation.forms import SurveyItemForm
from travel.reflection.actions import survey_items


def _back(cycle: Cycle) -> tuple[str, str]:
    page = reverse("travel:cycle-preparation", kwargs={"code": cycle.code})
    return f"{page}#survey", _("Before and after the trip")


@require_http_methods(["GET", "POST"])
def survey_item_add(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    there = list(cycle.survey_items.all())
    form = SurveyItemForm(request.POST or None, initial={"order": max((each.order for each in there), default=0) + 1})

    def add(said: SurveyItemForm) -> SurveyItem:
        same = next((row for row in there if not rows.differing(row, said.values)), None)
        key = same.key if same else key_from(said.values["text_en"], {row.key for row in there})
        return survey_items.add_item(cycle, {**said.values, "key": key}, by=me(request))

    return edit(request, form, add, back=_back(cycle), title=_("New sentence"), label=cycle.name)


@require_http_methods(["GET", "POST"])
def survey_item_edit(request: HttpRequest, code: str, key: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    item = get_object_or_404(cycle.survey_items.select_related("cycle"), key=key)
    form = SurveyItemForm(request.POST or None, initial=SurveyItemForm.initial_of(item))

    def change(said: SurveyItemForm) -> SurveyItem:
        return survey_items.change_item(item, said.values, seen=said.cleaned_data["seen"], by=me(request))

    return edit(
        request,
        form,
        change,
        back=_back(cycle),
        title=item.text,
        label=cycle.name,
        remove=reverse("travel:survey-item-remove", kwargs={"code": cycle.code, "key": key}),
    )


@require_POST
def survey_item_remove(request: HttpRequest, code: str, key: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    item = cycle.survey_items.filter(key=key).first()
    with rule_message(request, success=_("Removed.")):
        if item is not None:  # otherwise a second tap
            survey_items.remove_item(item, by=me(request))
    return redirect(_back(cycle)[0])
