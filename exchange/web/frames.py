"""Calls a function so that all Python frames below it share one block of memory (docs/adr/0033).

CPython keeps frames in blocks of 16 KB, and returns a block to the system as soon as the first frame in it ends. A loop
that happens to call across the end of a block maps and unmaps memory on each turn. Where that is depends on the depth
at which the application is called, so the same page took 17 ms in one server and 46 in another.
"""

from collections.abc import Callable
from types import FunctionType

WORD = 8
BLOCK = 1 << 20  # bytes; only those that frames use take memory
HEADROOM = 1000  # words that CPython adds to a frame before it chooses the size of a block


def in_one_block[**P, R](called: Callable[P, R]) -> Callable[P, R]:
    """`called`, with room for about 500 KB of frames: more than Python's limit of recursion lets a request use."""

    def with_room(*args: P.args, **kwargs: P.kwargs) -> R:
        return called(*args, **kwargs)

    # A block has the first power of two that holds its first frame, so a frame of half a block leaves the other half.
    # What is declared here as the frame's stack is never touched.
    code = with_room.__code__.replace(co_stacksize=BLOCK // WORD // 2 - HEADROOM + 1)
    return FunctionType(code, {}, with_room.__name__, None, with_room.__closure__)
