from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.web.shortcuts import me, page_of, require
from travel import permissions
from travel.models import Placement, Reflection
from travel.reflection import actions
from travel.reflection.forms import ReflectionForm


@require_safe
def reflection_list(request):
    """A student's own with the prompts that wait; for staff what was shared with them."""
    require(permissions.can_list_reflections(request.user))
    if roles.is_student(request.user):
        return _own(request)
    shared = Reflection.objects.visible_to(request.user).select_related(
        "prompt", "placement__application__student", "placement__application__college", "placement__trip__city"
    )
    return render(request, "travel/reflection/list.html", {"page_obj": page_of(shared, request)})


def _own(request):
    placements = (
        Placement.objects.visible_to(request.user)
        .filter(application__student=request.user)
        .select_related("trip__city")
    )
    rows = []
    for placement in placements.prefetch_related("reflections", "application__cycle__reflection_prompts"):
        written = {reflection.prompt_id: reflection for reflection in placement.reflections.all()}
        for prompt in placement.application.cycle.reflection_prompts.all():
            opens_on = prompt.opens_on(placement.trip)
            rows.append(
                {
                    "placement": placement,
                    "prompt": prompt,
                    "reflection": written.get(prompt.pk),
                    "opens_on": opens_on,
                    "is_open": opens_on <= timezone.localdate(),
                }
            )
    return render(request, "travel/reflection/own.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
def reflection_write(request, code, prompt):
    """One prompt, who may read it, and the save."""
    visible = Placement.objects.visible_to(request.user).with_people()
    placement = get_object_or_404(visible, code=code)
    require(permissions.can_reflect(request.user, placement))
    prompt = get_object_or_404(placement.application.cycle.reflection_prompts, key=prompt)
    written = placement.reflections.filter(prompt=prompt).first()
    initial = {"text": written.text, "privacy": written.privacy, "quote": written.quote} if written else {}
    form = ReflectionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.write(placement, prompt, **form.cleaned_data, by=me(request))
        except RuleViolation as violation:  # shown with the text still in its box
            form.add_error(None, violation.message)
        else:
            return redirect("travel:reflection-list")
    context = {"form": form, "placement": placement, "prompt": prompt, "opens_on": prompt.opens_on(placement.trip)}
    context["is_open"] = context["opens_on"] <= timezone.localdate()
    return render(request, "travel/reflection/write.html", context)
