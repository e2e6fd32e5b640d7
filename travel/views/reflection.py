from django.http import Http404


def reflection_list(request, **kwargs):
    raise Http404


def reflection_write(request, **kwargs):
    raise Http404
