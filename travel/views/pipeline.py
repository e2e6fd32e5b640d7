from django.http import Http404


def pipeline(request, **kwargs):
    raise Http404
