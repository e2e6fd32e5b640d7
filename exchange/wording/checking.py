"""Whether a text can be said in a passage: its placeholders, its length, and what a text message costs."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.wording.composing import Composed, dear, segments
from exchange.wording.own import PLACEHOLDER
from exchange.wording.passages import MAY_GO, Passage, names_in

SUBJECT_LENGTH, SEGMENTS = 78, 2


def must_stay(passage: Passage, shipped: str, *, is_of_one: bool = False) -> list[str]:
    """Placeholders of the portal's own text that no other may leave out. `is_of_one`: the number needn't be said."""
    found = names_in(shipped) - MAY_GO - ({"count"} if is_of_one else set())
    return [name for name, _expression in passage.names if name in found]


def problem(text: str, passage: Passage, shipped: str, *, is_of_one: bool = False) -> str:
    """Why this text can't be said, for the person who wrote it; empty if it can."""
    used = names_in(text)
    allowed = [name for name, _expression in passage.names]
    if unknown := [name for name in PLACEHOLDER.findall(text) if name not in allowed]:
        return _unknown(unknown[0], allowed)
    rest = PLACEHOLDER.sub("", text)
    if "{" in rest or "}" in rest:
        return _("A brace stands by itself. Write a placeholder as {name}, or leave the brace out.")
    if missing := [name for name in must_stay(passage, shipped, is_of_one=is_of_one) if name not in used]:
        return ngettext(
            "Put %(names)s back: people need it.", "Put %(names)s back: people need them.", len(missing)
        ) % {"names": _listed(missing)}
    return ""


def _unknown(name: str, allowed: list[str]) -> str:
    if not allowed:
        return _("%(name)s isn’t a placeholder of this text. It has none.") % {"name": f"{{{name}}}"}
    text = _("%(name)s isn’t a placeholder of this text. You can use %(names)s.")
    return text % {"name": f"{{{name}}}", "names": _listed(allowed)}


def _listed(names: list[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def too_long(composed: Composed, shipped: Composed) -> dict[str, str]:
    """What is too long with its placeholders filled in: by "subject" or "text", what to do.

    `shipped`: the same case in the portal's own words, of which a few need a third part.
    """
    found = {}
    if len(composed.subject) > SUBJECT_LENGTH:
        found["subject"] = _(
            "With its placeholders filled in, the subject has %(count)s characters. Use %(most)s at most."
        ) % {"count": len(composed.subject), "most": SUBJECT_LENGTH}
    if (parts := segments(composed.text)) > max(SEGMENTS, segments(shipped.text)):
        found["text"] = _parts(parts, dear(composed.text))
    return found


def _parts(parts: int, characters: list[str]) -> str:
    text = _("This text message would be sent, and paid for, in %(count)s parts. Two at most: shorten it.") % {
        "count": parts
    }
    if not characters:
        return text
    more = _("These characters make it longer: %(characters)s. Write it without them.")
    return text + " " + more % {"characters": " ".join(characters)}
