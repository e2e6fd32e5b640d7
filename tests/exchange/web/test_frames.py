"""Frames in one block: page faults of a loop, wherever in the stack it is called. No test measures time."""

import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from exchange.web.frames import in_one_block

ROOT = Path(__file__).resolve().parents[3]
DEPTHS = 200  # more than one block of 16 KB has room for
TURNS = 500


def leaf():
    pass


def loop():
    """The page faults of a loop that calls a function."""
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _turn in range(TURNS):
        leaf()
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before


def at_depth(depth, called):
    return at_depth(depth - 1, called) if depth else called()


def in_a_thread(called):
    """What it returns in a thread, whose stack begins anew."""
    found = []
    thread = threading.Thread(target=lambda: found.append(called()))
    thread.start()
    thread.join()
    return found[0]


def worst_of_all_depths(called):
    return in_a_thread(lambda: max(at_depth(depth, called) for depth in range(DEPTHS)))


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="frames of CPython")
def test_a_loop_faults_at_no_depth():
    assert worst_of_all_depths(in_one_block(loop)) < TURNS / 10


def test_loops_below_fault_at_no_depth_either():
    below = in_one_block(lambda: max(at_depth(depth, loop) for depth in range(DEPTHS)))
    assert worst_of_all_depths(below) < TURNS / 10


def test_a_call_passes_what_it_gets_and_what_it_is_told():
    assert in_one_block(divmod)(7, 2) == (3, 1)
    assert in_one_block(sorted)([1, 2], reverse=True) == [2, 1]
    with pytest.raises(ZeroDivisionError):
        in_one_block(divmod)(1, 0)


def test_the_web_server_calls_the_portal_this_way():
    command = "import exchange.wsgi as wsgi; assert wsgi.application.__code__.co_stacksize > 60_000"
    subprocess.run([sys.executable, "-c", command], cwd=ROOT, env={**os.environ, "DEMO": "true"}, check=True)
