"""Words for where a permission to enter stands, and the words of the tasks that it opens."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exchange.base import office_tasks
from travel.prepare.entry.state import Entry

LABELS: Mapping[Entry, Promise | str] = {
    Entry.TO_SAY: _("no answer yet"),
    Entry.NONE_BY_RULE: _("not needed with a U.S. passport"),
    Entry.NOT_NEEDED: _("not needed"),
    Entry.UNSURE: _("wants help"),
    Entry.NEEDED: _("to apply for"),
    Entry.APPLIED: _("applied"),
    Entry.GRANTED: _("granted"),
    Entry.ENDS_EARLY: _("ends before the return"),
    Entry.REFUSED: _("refused"),
}
TONES: Mapping[Entry, str] = {
    Entry.TO_SAY: "wait",
    Entry.NONE_BY_RULE: "neutral",
    Entry.NOT_NEEDED: "good",
    Entry.UNSURE: "wait",
    Entry.NEEDED: "now",
    Entry.APPLIED: "now",
    Entry.GRANTED: "good",
    Entry.ENDS_EARLY: "stop",
    Entry.REFUSED: "stop",
}
# what the student reads first
SENTENCES: Mapping[Entry, Promise | str] = {
    Entry.TO_SAY: _("Find out if you need a visa or a travel authorization. It takes two minutes."),
    Entry.NONE_BY_RULE: _("With a U.S. passport, you don’t need anything before the flight. If you have one, tell us."),
    Entry.NOT_NEEDED: _("You don’t need anything before the flight. You’re all set."),
    Entry.UNSURE: _("You asked for help. We’ll write to you soon, and you don’t have to tell us why you asked."),
    Entry.NEEDED: _("You need a visa or a travel authorization. Apply for it, then tell us here."),
    Entry.APPLIED: _("You’ve applied. Now you wait. Tell us here as soon as you hear back."),
    Entry.GRANTED: _("You have it. Keep a copy on your phone and one on paper."),
    Entry.ENDS_EARLY: _("You have it, but it ends before you’re back. We’re working on it with you."),
    Entry.REFUSED: _("They said no this time. That isn’t your fault, and you’re not alone with it."),
}
_TEXT = _("Call them today. The student has a message that says you’re on it. Don’t write down any reason.")
WORDS = {
    "travel.entry_refused": (_("%(person)s’s visa or authorization for %(city)s was refused"), _TEXT),
    "travel.entry_ends_early": (
        _("%(person)s’s visa or authorization for %(city)s ends before the return"),
        _TEXT,
    ),
    "travel.entry_unsure": (
        _("Help %(person)s find out what they need to travel to %(city)s"),
        _("Look at the official page together. Write down only what’s needed, never why."),
    ),
}


def register() -> None:
    for kind, (title, text) in WORDS.items():
        office_tasks.register(kind, title, text)
