"""Follow-on projects: the student's own page, and the list for the office and the student's advisors."""

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.apply.actions.upload import look
from applications.base.opening import What, opened
from applications.standing import Act, may
from exchange.base.errors import RuleViolation
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, page_of, require
from travel import permissions
from travel.base.trip_stage import placed_standing
from travel.models import FollowOnProject, Placement
from travel.reflection.actions import photos, projects
from travel.reflection.forms import PhotoForm
from travel.reflection.project_forms import ProjectForm

PROPOSED_IN = "story_back"  # the question of the standard form that asks what a student will bring home
State = FollowOnProject.State


@require_safe
def project_list(request: HttpRequest) -> HttpResponse:
    """For staff: the projects of the students whom they may see, by state."""
    require(permissions.can_list_projects(request.user))
    visible = FollowOnProject.objects.visible_to(request.user)
    state = request.GET.get("state", "")
    rows = visible.filter(state=state) if state in State else visible
    rows = rows.select_related(
        "placement__application__student", "placement__application__college", "placement__trip__city"
    )
    context = {
        "page_obj": page_of(rows, request),
        "states": State.choices,
        "state": state if state in State else "",
        "reached": visible.filter(state=State.DONE).aggregate(sum=Sum("people_reached"))["sum"] or 0,
        "done": visible.filter(state=State.DONE).count(),
        "total": visible.count(),
        "is_office": permissions.can_choose_stories(request.user),
    }
    return render(request, "travel/reflection/projects.html", context)


@require_http_methods(["GET", "POST"])
def project_detail(request: HttpRequest, code: str) -> HttpResponse:
    """`code`: of the placement. The student writes; staff read."""
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    project = FollowOnProject.objects.visible_to(request.user).filter(placement=placement).first()
    if not permissions.can_reflect(request.user, placement):
        require(permissions.can_list_projects(request.user) and request.method == "GET")
        opened(request, placement.application, What.TRIP)
        return render(request, "travel/reflection/project_staff.html", _about(placement, project))
    initial = ProjectForm.initial_of(project) if project else {"state": State.PLANNED}
    form = ProjectForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            projects.save(placement, form.values, seen=form.cleaned_data["seen"], by=me(request))
            messages.success(request, _("Your project is saved."))
            return redirect(request.path)
    return _own(request, placement, project, form, None)


def _about(placement: Placement, project: FollowOnProject | None) -> dict[str, object]:
    answers = placement.application.answers.filter(question__key=PROPOSED_IN)
    return {
        "placement": placement,
        "project": project,
        "photos": list(project.photos.all()) if project else [],
        "proposed": answers.values_list("value", flat=True).first() or "",
    }


def _own(
    request: HttpRequest,
    placement: Placement,
    project: FollowOnProject | None,
    form: ProjectForm,
    photo_form: PhotoForm | None,
) -> HttpResponse:
    context = {
        **_about(placement, project),
        "form": form,
        "photo_form": photo_form or PhotoForm(),
        "may_write": may(placed_standing(placement), Act.REFLECT),
        "most": photos.PHOTOS_MAX,
    }
    return render(request, "travel/reflection/project.html", context)


@require_POST
def project_photo(request: HttpRequest, code: str) -> HttpResponse:
    """Add a photo to the project."""
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_reflect(request.user, placement))
    project = get_object_or_404(FollowOnProject.objects.visible_to(request.user), placement=placement)
    form = PhotoForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["photo"]
        try:
            photos.add(project, look(file.name, file.read()), alt=form.cleaned_data["alt"], by=me(request))
        except RuleViolation as violation:
            form.add_error("photo" if violation.code != "no_alt" else "alt", violation.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("travel:project-detail", code=code)
    return _own(request, placement, project, ProjectForm(initial=ProjectForm.initial_of(project)), form)
