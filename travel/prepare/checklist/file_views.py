"""Views of the files of a checklist's step: sent by the student, opened and returned by whoever looks at them."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from exchange.files import storage
from exchange.reference import facts
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.models import StepFile
from travel.prepare.checklist import files as actions
from travel.prepare.checklist.file_forms import ReturnForm, StepFileForm
from travel.prepare.checklist.views import item_of, item_page, placement_of

LINK_SECONDS = "upload.link_seconds"


@require_POST
def step_file_send(request: HttpRequest, code: str, key: str) -> HttpResponse:
    placement = placement_of(request, code)
    item = item_of(placement, key)
    require(permissions.can_do_step(request.user, placement, item.step))
    form = StepFileForm(request.POST, request.FILES)
    if form.is_valid():
        with refusal_in(form):
            actions.send(item, form.cleaned_data["file"], by=me(request))
            messages.success(request, _("We have your file. Once it’s checked, this step is checked off by itself."))
            return redirect(item)
    return item_page(request, placement, item, form)


@require_safe
def step_file(request: HttpRequest, code: str) -> HttpResponseBase:
    """The checked photo or PDF; each opening by somebody else than the student is recorded."""
    file = _file(request, code)
    if not file.is_kept:
        raise Http404
    if not permissions.can_work_on_checklist(request.user, file.item.placement):
        actions.open_file(file, by=me(request))
    seconds = int(facts.number(LINK_SECONDS))
    return storage.send(file.file, file.original_name, content_type=file.content_type, seconds=seconds)


@require_POST
def step_file_remove(request: HttpRequest, code: str) -> HttpResponse:
    file = _file(request, code)
    require(permissions.can_do_step(request.user, file.item.placement, file.item.step))
    with rule_message(request, success=_("You removed the file.")):
        actions.remove(file, by=me(request))
    return redirect(file.item)


@require_POST
def step_file_return(request: HttpRequest, code: str) -> HttpResponse:
    file = _file(request, code)
    placement = file.item.placement
    require(permissions.can_verify(request.user, placement))
    form = ReturnForm(request.POST, prefix=file.code)
    if not form.is_valid():
        return item_page(request, placement, item_of(placement, file.item.step.key), form)
    with rule_message(request, success=_("Returned. We’ve told the student why.")):
        actions.return_file(file, reason=form.cleaned_data["reason"], by=me(request))
    return redirect(file.item)


def _file(request: HttpRequest, code: str) -> StepFile:
    rows = StepFile.objects.visible_to(request.user)
    related = "item__step", "item__placement__application__student", "item__placement__application__college"
    return get_object_or_404(rows.select_related(*related, "item__placement__trip"), code=code)
