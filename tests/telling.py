"""What any test shows to a person or sends has no hole: a sentence that is missing, or a value that is nothing.

No test asks that of its own page, so a link to nothing or an email without its city passed wherever a status alone was
looked at. Each page, message and refusal of every test is looked at here, on its way.
"""

import copy
import logging
import re

import pytest

HOLE = "⟦nothing⟧"
# a text of its own, or an address; in a sentence, "None" may be a word
NOTHING = re.compile(rf">\s*None\s*<|(?:href|action|src|formaction)=\"None\"|{HOLE}")
NOTHING_SENT = re.compile(rf"(?m)^\s*None\s*$|\bNone[,.:]|{HOLE}")


# whose it is: an email address, a number to call, what opens a private link, the names of the tests' people
SOMEBODYS = re.compile(
    r"[\w.+-]+@[\w-]+\.\w+|\+1\d{10}\b|[.:][A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"
    r"|Ana (?:Aguilar|Bui|Osei|Paik)-\d+|Marisol Reyes"
)
CODE = re.compile(r"(?<![\w.])\d{6}(?![\w.])")  # alone, not within the number of a request
_codes: set[str] = set()  # that this test has sent: to sign in, to confirm an address, of a leader


def watch(monkeypatch: pytest.MonkeyPatch) -> None:
    _logs(monkeypatch)
    _pages(monkeypatch)
    _messages(monkeypatch)
    _refusals(monkeypatch)


def _logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """As production writes them: no line has anything of anybody."""
    from exchange.base import logs  # noqa: PLC0415 -- only now is the environment ready

    written = logs.formatter(as_json=True)

    class Looking(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            line = written.format(copy.copy(record))
            found = SOMEBODYS.search(line)
            assert found is None, f"A line of the log has {found[0]}: {line}"
            assert not _codes.intersection(CODE.findall(line)), f"A line has a code: {line}"

    _codes.clear()
    monkeypatch.setattr(logging.getLogger(), "handlers", [*logging.getLogger().handlers, Looking(logging.INFO)])


def _pages(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.test import Client  # noqa: PLC0415 -- only now is the environment ready

    request = Client.request

    def looked_at(self, **environ):
        response = request(self, **environ)
        if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            refuse(NOTHING, response.content.decode(response.charset), environ["PATH_INFO"])
        return response

    monkeypatch.setattr(Client, "request", looked_at)


def _messages(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.template import engines  # noqa: PLC0415 -- only now is the environment ready

    from exchange.messages import outbox  # noqa: PLC0415

    rendered = outbox._rendered

    def looked_at(template, to, context, address):
        if CODE.fullmatch(code := str(context.get("code", ""))):
            _codes.add(code)
        engine = engines["django"].engine
        before, engine.string_if_invalid = engine.string_if_invalid, HOLE
        try:
            rows = rendered(template, to, context, address)
        finally:
            engine.string_if_invalid = before
        for row in rows:
            refuse(NOTHING_SENT, f"{row.subject}\n{row.body}", template)
        return rows

    monkeypatch.setattr(outbox, "_rendered", looked_at)


def _refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    from exchange.base.errors import RuleViolation  # noqa: PLC0415 -- only now is the environment ready

    begin = RuleViolation.__init__

    def looked_at(self, code, message):
        assert message is not None and str(message), f"The refusal {code} says nothing"
        begin(self, code, message)

    monkeypatch.setattr(RuleViolation, "__init__", looked_at)


def refuse(nothing: re.Pattern[str], text: str, where: str) -> None:
    if found := nothing.search(text):
        around = text[max(0, found.start() - 200) : found.end() + 200]
        raise AssertionError(f"{where} has a hole: …{around}…")
