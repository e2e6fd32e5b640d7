"""Pages of the office's tasks: the list, and one task to assign, finish or undo."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.base import office_tasks, roles
from exchange.models import OfficeTask, User
from exchange.web.edited import refusal_in
from exchange.web.list_files import asked_file
from exchange.web.shortcuts import me, page_of, require, rule_message
from exchange.web.worklist import FILE_ROWS, worklist
from travel.base.task_rows import rows_of
from travel.office.tasks import task_list as task_list_rows
from travel.office.tasks.forms import TaskDoneForm, TaskOwnerForm
from travel.office.tasks.task_list import ALL, DONE, MINE, TaskFilterForm


@require_safe
def task_list(request: HttpRequest) -> HttpResponse:
    """The person's own and those that belong to nobody in particular; everyone's; the done ones."""
    require(roles.is_coordinator(request.user))
    form = TaskFilterForm(request.GET)
    page = page_of(task_list_rows.found(form, me(request)), request)
    labels = {MINE: _("for you"), ALL: _("everyone’s"), DONE: pgettext("tasks", "done")}
    context = {
        "list": worklist(
            request, title=_("Tasks"), columns=form.columns, form=form, page=page, kept=("list",), has_peek=True
        ),
        "rows": rows_of(page),
        "today": timezone.localdate(),
        "chosen": form.chosen,
        "tabs": [
            {"label": label, "href": f"?list={key}", "current": key == form.chosen} for key, label in labels.items()
        ],
        "clear_href": f"?list={form.chosen}",
    }
    return render(request, "travel/office/task_list.html", context)


@require_safe
def task_peek(request: HttpRequest, code: str) -> HttpResponse:
    """One task beside the list: a part of a page, which list.js puts there."""
    # the filters of the list have an "owner", too
    form = TaskDoneForm(auto_id="task_%s")
    context = _shown(_task(request, code), form, query=request.GET.urlencode())
    return render(request, "travel/office/task_peek.html", context)


@require_POST
def task_file(request: HttpRequest) -> HttpResponseBase:
    """What the list has. `query`: its address; `format`: csv or xlsx."""
    require(roles.is_coordinator(request.user))
    asked = asked_file(request, reverse("travel:office-task-list"))
    if isinstance(asked, HttpResponse):
        return asked
    filters = TaskFilterForm(asked.query)
    rows = rows_of(task_list_rows.found(filters, me(request))[:FILE_ROWS])
    task_list_rows.record_download(rows, query=asked.recorded, by=me(request))
    return filters.columns.file(rows, asked.form, name=_("tasks"))


@require_http_methods(["GET", "POST"])
def task_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One task. Sent, it says that the task is done."""
    task = _task(request, code)
    form = TaskDoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            office_tasks.finish(task, note=form.cleaned_data["note"], by=me(request))
            messages.success(request, _("Marked as done. It’s on the list of done tasks, where you can undo it."))
            return redirect(_list(request.POST.get("query", "")))
    return render(request, "travel/office/task_detail.html", _shown(task, form, query=request.POST.get("query")))


@require_POST
def task_assign(request: HttpRequest, code: str) -> HttpResponse:
    task = _task(request, code)
    form = TaskOwnerForm(request.POST, people=roles.coordinators())
    if form.is_valid():
        owner: User | None = form.cleaned_data["owner"]
        with rule_message(request, _("Saved.")):
            office_tasks.assign(task, owner, by=me(request))
    if "query" in request.POST:
        return redirect(_list(request.POST["query"]))
    return redirect("travel:office-task", code=code)


@require_POST
def task_undo(request: HttpRequest, code: str) -> HttpResponse:
    task = _task(request, code)
    with rule_message(request, _("This task is open again.")):
        office_tasks.undo(task, by=me(request))
    return redirect("travel:office-task", code=code)


def _list(query: str) -> str:
    """Its address with these filters. `query`: as the address has it."""
    given = QueryDict(query[:2000]).urlencode()
    return reverse("travel:office-task-list") + (f"?{given}" if given else "")


def _shown(task: OfficeTask, form: TaskDoneForm, *, query: str | None) -> dict[str, Any]:
    """`query`: of the list to which one goes back; None: to the task."""
    owner = {"owner": task.owner_id}
    return {
        "row": rows_of([task])[0],
        "task": task,
        "form": form,
        "owner_form": TaskOwnerForm(people=roles.coordinators(), initial=owner, auto_id=form.auto_id),
        "today": timezone.localdate(),
        "query": query,
    }


def _task(request: HttpRequest, code: str) -> OfficeTask:
    require(roles.is_coordinator(request.user))
    tasks = OfficeTask.objects.visible_to(me(request)).select_related("person", "owner", "done_by", "opened_by")
    return get_object_or_404(tasks, code=code)
