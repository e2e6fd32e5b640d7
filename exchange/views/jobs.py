"""How far a piece of long work is, and its result. The address can be left and come back to."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_safe

from exchange import jobs, storage
from exchange.models import Job
from exchange.web import me


@require_safe
def job_detail(request: HttpRequest, code: str) -> HttpResponse:
    job = get_object_or_404(Job.objects.visible_to(request.user), code=code)
    context = {"job": job, "label": jobs.label_of(job), "back": job.params.get("back", "")}
    return render(request, "exchange/job_detail.html", context)


@require_GET
def job_result(request: HttpRequest, code: str) -> HttpResponseBase:
    job = get_object_or_404(Job.objects.visible_to(request.user).exclude(file=""), code=code)
    if not job.file.storage.exists(job.file.name):
        raise Http404
    jobs.record_download(job, by=me(request))
    return storage.send(job.file, job.filename, content_type=job.content_type)
