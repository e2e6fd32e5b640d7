"""Integer programs compared with a search of all numbers; and what isn't proven is never an answer."""

from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exchange.base import integer_program
from exchange.base.integer_program import Impossible, Program, Unproven

factors = st.integers(-4, 4)


@st.composite
def programs(draw):
    """The most of each variable, rules as (factors, least, most), and two goals."""
    bounds = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    terms = st.lists(factors, min_size=len(bounds), max_size=len(bounds))
    limits = st.tuples(st.none() | st.integers(-6, 3), st.none() | st.integers(3, 8))
    rules = draw(st.lists(st.tuples(terms, limits), max_size=3))
    return bounds, rules, draw(terms), draw(terms)


def total(line, values):
    return sum(factor * value for factor, value in zip(line, values, strict=True))


def as_program(bounds, rules):
    program = Program(seconds=30)
    for most in bounds:
        program.number(most)
    for line, (least, most) in rules:
        program.rule(dict(enumerate(line)), least=least, most=most)
    return program


def answers(bounds, rules):
    """Every choice of numbers that keeps the rules."""
    return [
        values
        for values in product(*(range(most + 1) for most in bounds))
        if all(
            (least is None or total(line, values) >= least) and (most is None or total(line, values) <= most)
            for line, (least, most) in rules
        )
    ]


@given(programs())
def test_the_best_is_the_best_of_all_numbers(given_):
    bounds, rules, goal, _other = given_
    program, possible = as_program(bounds, rules), answers(bounds, rules)
    if not possible:
        with pytest.raises(Impossible):
            program.best(dict(enumerate(goal)))
        return
    found = program.best(dict(enumerate(goal)))
    assert tuple(found) in possible
    assert total(goal, found) == max(total(goal, values) for values in possible)


@given(programs())
def test_what_is_settled_leaves_every_answer_of_that_sum(given_):
    bounds, rules, goal, other = given_
    program, possible = as_program(bounds, rules), answers(bounds, rules)
    assume(possible)
    best = total(goal, program.best(dict(enumerate(goal))))
    program.settle(dict(enumerate(goal)), best)
    found = program.best(dict(enumerate(other)))
    assert total(goal, found) == best
    assert total(other, found) == max(total(other, values) for values in possible if total(goal, values) == best)


def test_without_time_nothing_is_proven():
    program = Program(seconds=0)
    program.rule({program.number(): 1}, most=1)
    with pytest.raises(Unproven) as caught:
        program.best({0: 1})
    assert caught.value.found is None


@pytest.mark.parametrize("distrusted", [1, 2])
def test_an_answer_that_breaks_a_rule_is_asked_again_and_never_given(monkeypatch, distrusted):
    monkeypatch.setattr(integer_program, "SLACKS", ())
    checked, kept = Program._checked, []

    def break_a_rule(program, raw):
        kept.append(raw)
        return None if len(kept) <= distrusted else checked(program, raw)

    monkeypatch.setattr(Program, "_checked", break_a_rule)
    program = Program(seconds=30)
    program.number()
    if distrusted < len(integer_program.TRIES):
        assert program.best({0: 1}) == [1]
    else:
        with pytest.raises(Unproven):
            program.best({0: 1})
    assert len(kept) == 2


def test_numbers_between_are_no_answer():
    program = Program(seconds=30)
    program.number()
    assert program._checked([0.5]) is None
    assert program._checked([0.99999]) == [1]
    program.rule({0: 1}, most=0)
    assert program._checked([1.0]) is None
