"""Every test asserts something, whatever its parameters: a body without an assertion can't fail.

A function asserts if every path through it reaches `assert`, a context that fails by itself (`pytest.raises`), or a
call of one of our functions that asserts. Functions are matched by name: tests call helpers by name, and two helpers
with the same name do the same kind of thing. A loop may skip rows without asserting, and a property may skip examples.
"""

import ast
from functools import cache

from tests.services import ROOT

# library calls that fail by themselves when their claim is wrong
FAILS_BY_ITSELF = {
    *("raises", "warns", "fail", "expect", "raise_for_status", "check_constraints"),
    *("django_assert_num_queries", "django_assert_max_num_queries", "wait_for"),
}


@cache
def functions() -> list[tuple[str, ast.FunctionDef]]:
    """The location and the node of each function in the tests."""
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node)
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]


@cache
def called(node: ast.AST) -> set[str]:
    """The last names of all calls inside, such as `to_be_hidden` in `expect(box).to_be_hidden()`."""
    calls = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return {call.id if isinstance(call, ast.Name) else getattr(call, "attr", "") for call in calls}


def asserts(statement: ast.stmt, asserting: set[str], chosen: bool = False) -> bool:
    """Whether every path through it asserts. `chosen`: inside a loop or a property, where one path is enough."""
    match statement:
        case ast.Assert() | ast.Raise():
            return True
        case ast.If():
            ways = [any_asserts(way, asserting, chosen) for way in (statement.body, statement.orelse)]
            return any(ways) if chosen else all(ways)
        case ast.With():
            opened = any(called(item.context_expr) & asserting for item in statement.items)
            return opened or any_asserts(statement.body, asserting, chosen)
        case ast.For() | ast.While():
            return any_asserts(statement.body, asserting, chosen=True)
        case ast.Try():
            handlers = [each for handler in statement.handlers for each in handler.body] if chosen else []
            return any_asserts([*statement.body, *handlers, *statement.finalbody], asserting, chosen)
        case ast.FunctionDef():
            return False  # defined here, not called
    return bool(called(statement) & asserting)


def any_asserts(statements: list[ast.stmt], asserting: set[str], chosen: bool = False) -> bool:
    return any(asserts(each, asserting, chosen) for each in statements)


def is_property(function: ast.FunctionDef) -> bool:
    return any("given" in called(each) for each in function.decorator_list)


def asserting_names() -> set[str]:
    """Helpers that assert, directly or through others."""
    found, known = set(FAILS_BY_ITSELF), functions()
    while more := {node.name for _place, node in known if node.name not in found and any_asserts(node.body, found)}:
        found |= more
    return found


def test_every_test_asserts_something():
    names = asserting_names()
    idle = [
        place
        for place, node in functions()
        if node.name.startswith("test_") and "/test_" in place
        if not any_asserts(node.body, names, is_property(node))
    ]
    assert idle == [], "These tests can't fail: assert what they are about, on every way through them."


def test_a_body_that_can_not_fail_is_found():
    def judged(text: str) -> bool:
        return any_asserts(ast.parse(text).body, {"raises", "helper"})

    assert judged("assert x")
    assert judged("with pytest.raises(ValueError):\n    act()")
    assert judged("if x:\n    assert y\nelse:\n    helper()")
    assert judged("for x in rows:\n    if x:\n        helper(x)")
    assert not judged("act()")
    assert not judged("if x:\n    assert y")
    assert not judged("def inner():\n    assert y")
