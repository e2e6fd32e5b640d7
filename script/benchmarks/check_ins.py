"""Measures a check-in of many travelers: asked, sent, answered, tallied, shown."""

from script.benchmarks.portal import portals
from script.benchmarks.report import machine, table

HEAD = ["Check-in", "seconds", "how many"]


def run(people: int) -> str:
    # some of the applications are drafts, were told a result or are withdrawn
    with portals([people * 3]) as (portal,):
        found = portal.inside("check_in", PEOPLE=str(people), TEXT_BACKEND="exchange.messages.texts.file_backend")
    safe, needs_help, silent = found["tally"]
    rows = [
        ["asked: rows and messages", f"{found['asked']:.2f}", f"{found['people']:,} travelers"],
        ["texts handed to the service, one after the other", f"{found['sent']:.1f}", f"{found['texts']:,} texts"],
        ["answers taken, one after the other", f"{found['answered']:.1f}", f"{found['answers']:,} answers"],
        ["tallied", f"{found['tallied']:.3f}", f"{safe:,} safe, {needs_help:,} need help, {silent:,} silent"],
        ["the board, first time", f"{found['shown']:.2f}", f"{found['queries']} queries"],
    ]
    return f"{machine()}.\n\nThe tally is that of the rows.\n\n{table(HEAD, rows)}"
