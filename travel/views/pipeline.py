from django.shortcuts import get_object_or_404, render

from applications.models import Application, Cycle
from exchange import roles
from exchange.web import require
from travel.pipeline import pipeline_of


def pipeline(request):
    """The coordinator's first page: every stage with its count and what is owed."""
    require(roles.is_coordinator(request.user))
    cycles = list(Cycle.objects.public())
    if code := request.GET.get("cycle"):
        cycle = get_object_or_404(Cycle.objects.public(), code=code)
    else:
        cycle = next((cycle for cycle in cycles if not cycle.closed_out_at), cycles[0] if cycles else None)
    context = {"pipeline": pipeline_of(cycle) if cycle else None, "cycles": cycles}
    return render(request, "travel/pipeline/pipeline.html", context)


def placement_waiting(request):
    """Confirmed students who have no city yet."""
    require(roles.is_coordinator(request.user))
    cycle = get_object_or_404(Cycle.objects.public(), code=request.GET.get("cycle", ""))
    waiting = Application.objects.filter(cycle=cycle).confirmed().filter(placement__isnull=True)
    context = {"cycle": cycle, "applications": waiting.with_people().prefetch_related("city_preferences__city")}
    return render(request, "travel/pipeline/waiting.html", context)
