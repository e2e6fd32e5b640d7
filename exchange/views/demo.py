from django.http import Http404


def demo(request, **kwargs):
    raise Http404


def demo_sign_in(request, **kwargs):
    raise Http404


def demo_outbox(request, **kwargs):
    raise Http404


def demo_message(request, **kwargs):
    raise Http404
