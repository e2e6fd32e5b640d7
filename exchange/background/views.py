"""Pages of a job: its progress and the download of its result."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_safe

from exchange.background import jobs
from exchange.files import storage
from exchange.models import Job
from exchange.web.proofs import ask_for_proof, is_fresh
from exchange.web.shortcuts import me, require


@require_safe
def job_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Progress, then the result or the error; a job that leads to a page of its own is followed there."""
    job = get_object_or_404(jobs.visible_to(me(request)), code=code)
    if job.state == Job.State.DONE and "next" in job.params:
        return redirect(job.params["next"])
    context = {
        "job": job,
        "label": jobs.label_of(job),
        "back": job.params.get("back", ""),
        "is_personal": jobs.is_personal(job),
    }
    return render(request, "exchange/background/job_detail.html", context)


@require_GET
def job_result(request: HttpRequest, code: str) -> HttpResponseBase:
    """The result as a download, if the person's role still allows it, after a fresh proof that it is them."""
    found = Job.objects.visible_to(request.user).exclude(file="").select_related("by")
    job = get_object_or_404(found, code=code)
    require(jobs.is_allowed(job))
    if not is_fresh(request):
        return ask_for_proof(request, then=job.get_absolute_url())
    if not job.file.storage.exists(str(job.file.name)):
        raise Http404
    jobs.record_download(job, by=me(request))
    return storage.send(job.file, job.filename, content_type=job.content_type)
