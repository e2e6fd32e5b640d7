"""A whole release in one call: the dry run, the start, and what the worker does."""

from applications.actions import releasing
from applications.models import Release


def release_now(cycle, by) -> Release:
    kept = releasing.keep_dry_run(cycle, by=by)
    releasing.start(kept, by=by)
    return releasing.carry_out(kept.code)
