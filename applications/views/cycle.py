from django.http import Http404


def cycle_list(request, **kwargs):
    raise Http404


def cycle_detail(request, **kwargs):
    raise Http404
