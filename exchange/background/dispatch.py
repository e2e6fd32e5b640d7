"""Sends a background task by its name, so that no action imports the tasks that call it.

tests/exchange/background/test_celery.py checks that every name sent is the name of a task.
"""

from celery import current_app


def send(name: str, **kwargs: object) -> None:
    """Queue the task `name`, such as "exchange.run_job". Raises the broker client's error if the broker is down."""
    current_app.signature(name, kwargs=kwargs).delay()
