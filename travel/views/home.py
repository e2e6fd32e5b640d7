from django.http import Http404


def journey(request, **kwargs):
    raise Http404


def work(request, **kwargs):
    raise Http404


def home(request, **kwargs):
    raise Http404
