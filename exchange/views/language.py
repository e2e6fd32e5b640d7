from django.http import Http404


def set_language(request, **kwargs):
    raise Http404
