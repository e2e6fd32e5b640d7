"""Pages of the office's tasks: the list, and one task to assign, finish or undo."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.base import office_tasks, roles
from exchange.base.errors import RuleViolation
from exchange.models import OfficeTask, User
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message
from travel.base.task_rows import rows_of
from travel.office.forms import TaskDoneForm, TaskOwnerForm

LISTS = ("mine", "all", "done")


@require_safe
def task_list(request: HttpRequest) -> HttpResponse:
    """The person's own and those that belong to nobody in particular; everyone's; the done ones, newest first."""
    require(roles.is_coordinator(request.user))
    chosen = request.GET.get("list", "")
    chosen = chosen if chosen in LISTS else "mine"
    tasks = OfficeTask.objects.visible_to(me(request))
    lists = {
        "mine": tasks.open().addressed_to(me(request)),
        "all": tasks.open(),
        "done": tasks.done().order_by("-done_at"),
    }
    page = page_of(lists[chosen].select_related("person", "owner", "done_by"), request)
    labels = {"mine": _("for you"), "all": _("everyone’s"), "done": pgettext("tasks", "done")}
    context = {
        "rows": rows_of(page.object_list),
        "page_obj": page,
        "query": query_without_page(request),
        "today": timezone.localdate(),
        "is_done": chosen == "done",
        "tabs": [{"label": label, "href": f"?list={key}", "current": key == chosen} for key, label in labels.items()],
    }
    return render(request, "travel/office/task_list.html", context)


@require_http_methods(["GET", "POST"])
def task_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One task. Sent, it says that the task is done."""
    task = _task(request, code)
    form = TaskDoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            office_tasks.finish(task, note=form.cleaned_data["note"], by=me(request))
        except RuleViolation as violation:
            form.add_error(None, violation.message)
        else:
            return redirect("travel:office-task-list")
    context = {
        "row": rows_of([task])[0],
        "task": task,
        "form": form,
        "owner_form": TaskOwnerForm(people=roles.coordinators(), initial={"owner": task.owner_id}),
        "today": timezone.localdate(),
    }
    return render(request, "travel/office/task_detail.html", context)


@require_POST
def task_assign(request: HttpRequest, code: str) -> HttpResponse:
    task = _task(request, code)
    form = TaskOwnerForm(request.POST, people=roles.coordinators())
    if form.is_valid():
        owner: User | None = form.cleaned_data["owner"]
        with rule_message(request, _("Saved.")):
            office_tasks.assign(task, owner, by=me(request))
    return redirect("travel:office-task", code=code)


@require_POST
def task_undo(request: HttpRequest, code: str) -> HttpResponse:
    task = _task(request, code)
    with rule_message(request, _("This task is open again.")):
        office_tasks.undo(task, by=me(request))
    return redirect("travel:office-task", code=code)


def _task(request: HttpRequest, code: str) -> OfficeTask:
    require(roles.is_coordinator(request.user))
    tasks = OfficeTask.objects.visible_to(me(request)).select_related("person", "owner", "done_by", "opened_by")
    return get_object_or_404(tasks, code=code)
