"""The project package. It loads the Celery app, so that shared tasks find it."""

from exchange.celery import app as celery_app

__all__ = ["celery_app"]
