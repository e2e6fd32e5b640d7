"""The actions of placement under one name; each lives in the module named for it."""

from travel.placement.actions.placement_release import SHORT, carry_out, give_up, release, schedule, start_release
from travel.placement.actions.placement_run import (
    close_and_run,
    forget_inputs,
    hand_out,
    run,
    start_close,
    start_run,
    under_way,
)
from travel.placement.actions.trip_course import bring_back, close, depart, reopen
from travel.placement.actions.upgrade import ask_upgrade, drop_upgrade

__all__ = [
    "SHORT",
    "ask_upgrade",
    "bring_back",
    "carry_out",
    "close",
    "close_and_run",
    "depart",
    "drop_upgrade",
    "forget_inputs",
    "give_up",
    "hand_out",
    "release",
    "reopen",
    "run",
    "schedule",
    "start_close",
    "start_release",
    "start_run",
    "under_way",
]
