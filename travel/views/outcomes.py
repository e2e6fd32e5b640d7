from django.http import Http404


def outcomes(request, **kwargs):
    raise Http404


def outcomes_pdf(request, **kwargs):
    raise Http404
