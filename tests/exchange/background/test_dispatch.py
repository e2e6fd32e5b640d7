"""Tasks are sent by name, and each name sent is the name of a task."""

import ast
from collections.abc import Iterator

import pytest
from django.conf import settings

from exchange.background import dispatch
from exchange.celery import app
from tests.services import ROOT

APPS = ("applications", "exchange", "travel")
SENDERS = {"dispatch.send", "dispatch.send_after_commit", "dispatch.keep_and_send"}


def names_sent(source: str) -> Iterator[tuple[int, str]]:
    """(line, name) of each task sent through `dispatch`; an empty name if it is not a literal."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            parts = [node.func, *node.args]
            sent = next((at for at, part in enumerate(parts[:2]) if ast.unparse(part) in SENDERS), None)
            if sent is not None:
                name = parts[sent + 1] if len(parts) > sent + 1 else None
                yield node.lineno, name.value if isinstance(name, ast.Constant) else ""


def unregistered(source: str, where: str) -> list[str]:
    return [
        f'{where}:{line} sends "{name}": no task in applications, exchange or travel/tasks.py has this name'
        for line, name in names_sent(source)
        if name not in app.tasks
    ]


def test_every_name_sent_is_the_name_of_a_task():
    paths = [path for each in APPS for path in sorted((ROOT / each).rglob("*.py"))]
    assert sum(len(list(names_sent(path.read_text()))) for path in paths) >= 10
    assert [line for path in paths for line in unregistered(path.read_text(), str(path.relative_to(ROOT)))] == []


def test_every_scheduled_name_is_the_name_of_a_task():
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)


@pytest.mark.parametrize(
    "line",
    [
        'dispatch.send("exchange.no_such_task", job_id=1)',
        'functools.partial(dispatch.send, "exchange.no_such_task", job_id=1)',
        'dispatch.send_after_commit("exchange.no_such_task", job_id=1)',
        'dispatch.keep_and_send("exchange.no_such_task", job_id=1)',
        "dispatch.send(name)",
        "functools.partial(dispatch.send)",
    ],
)
def test_another_name_is_found(line):
    assert len(unregistered(line, "x.py")) == 1


def test_a_task_of_another_process_is_sent_all_the_same(monkeypatch):
    """A web process has not imported the tasks; the broker takes the name anyway."""
    sent = []
    monkeypatch.setattr(app, "send_task", lambda name, args, kwargs, **options: sent.append((name, kwargs)))
    dispatch.send("elsewhere.task", row=1)
    assert sent == [("elsewhere.task", {"row": 1})]
