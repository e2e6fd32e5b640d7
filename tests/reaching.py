"""A pytest plugin: a property test must run all its own lines, each in several examples.

`if drawn: assert ...` passes if nothing is ever drawn, and then says nothing. So what a property test does under a
condition, in a loop or after an early return states what its generator must reach (`tests/test_reaching.py`).
"""

import ast
import inspect
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import CodeType

import pytest

TIMES_MIN = 5  # of about a hundred examples
TOOL = 4  # of the numbers that coverage, debuggers and profilers leave free


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    inner = getattr(getattr(pyfuncitem.obj, "hypothesis", None), "inner_test", None)
    if inner is None:
        return (yield)
    with counted(inner.__code__) as times:
        result = yield
    if rare := rarely(times):
        pytest.fail(f"The examples hardly reach what this test asserts: {rare}. Its generator must draw more of it.")
    return result


def rarely(times: Mapping[int, int]) -> str:
    return ", ".join(f"line {line} {number} times" for line, number in sorted(times.items()) if number < TIMES_MIN)


def statements(code: CodeType) -> set[int]:
    """The first line of each, but for words that say what the test is about, and what is defined inside."""
    lines, first = inspect.getsourcelines(code)
    tree = ast.parse(textwrap.dedent("".join(lines)))
    found = {each.lineno + first - 1 for each in ast.walk(tree) if isinstance(each, ast.stmt)}
    return found & {line for _start, _end, line in code.co_lines() if line != code.co_firstlineno}


@contextmanager
def counted(code: CodeType) -> Iterator[Counter[int]]:
    """How often each statement of this code runs."""
    times = Counter(dict.fromkeys(statements(code), 0))
    monitoring = sys.monitoring
    line_event = monitoring.events.LINE

    def count(_code: CodeType, line: int) -> object:
        if line in times:
            times[line] += 1
        return monitoring.DISABLE if times.get(line, TIMES_MIN) >= TIMES_MIN else None

    monitoring.use_tool_id(TOOL, "reaching")
    try:
        monitoring.register_callback(TOOL, line_event, count)
        monitoring.set_local_events(TOOL, code, line_event)
        monitoring.restart_events()
        yield times
    finally:
        monitoring.set_local_events(TOOL, code, monitoring.events.NO_EVENTS)
        monitoring.register_callback(TOOL, line_event, None)
        monitoring.free_tool_id(TOOL)
