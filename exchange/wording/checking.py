"""Whether a text can be said: its placeholders, its length, and what a text message costs."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.messages.outbox import PLAIN_MARKS
from exchange.wording import samples
from exchange.wording.own import PLACEHOLDER, can_be_said
from exchange.wording.texts import Text, names_in

SUBJECT_LENGTH, SEGMENTS = 78, 2
# An office may leave these out of a sentence. All others say when, where, how much or with which code: they stay.
MAY_GO = frozenset({"city", "college", "cycle", "host", "label", "name", "student", "title", "role", "who", "writer"})
# The GSM alphabet of text messages: any other character makes every character of the message cost two bytes.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = frozenset("^{}\\[~]|€\f")  # these take two places each


def must_stay(text: Text, shipped: str, *, is_of_one: bool = False) -> list[str]:
    """Placeholders of the portal's own text that no other may leave out. `is_of_one`: the number needn't be said."""
    found = names_in(shipped) - MAY_GO - ({"count"} if is_of_one else set())
    return [name for name in text.names if name in found]


def problem(words: str, text: Text, shipped: str, *, is_of_one: bool = False) -> str:
    """Why this can't be said, for the person who wrote it; empty if it can."""
    used = names_in(words)
    if unknown := [name for name in PLACEHOLDER.findall(words) if name not in text.names]:
        return _unknown(unknown[0], text.names)
    rest = PLACEHOLDER.sub("", words)
    if "{" in rest or "}" in rest:
        return _("A brace stands by itself. Write a placeholder as {name}, or leave the brace out.")
    if not can_be_said([rest]):
        return _("Leave out < and >. A page would take them for its own code.")
    if missing := [name for name in must_stay(text, shipped, is_of_one=is_of_one) if name not in used]:
        return ngettext(
            "Put %(names)s back: people need it.", "Put %(names)s back: people need them.", len(missing)
        ) % {"names": _listed(missing)}
    return ""


def _unknown(name: str, allowed: tuple[str, ...]) -> str:
    if not allowed:
        return _("%(name)s isn’t a placeholder of this text. It has none.") % {"name": f"{{{name}}}"}
    text = _("%(name)s isn’t a placeholder of this text. You can use %(names)s.")
    return text % {"name": f"{{{name}}}", "names": _listed(allowed)}


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def too_long(part: str, words: str, shipped: str) -> str:
    """What to do if this is too long with its placeholders filled in; of a subject or a text message."""
    said = samples.filled(words)
    if part == "text":
        around = samples.around_a_text()
        said, shipped = (f"{around} {text}".translate(PLAIN_MARKS) for text in (said, samples.filled(shipped)))
    if part == "subject" and len(said) > SUBJECT_LENGTH:
        return _("With its placeholders filled in, the subject has %(count)s characters. Use %(most)s at most.") % {
            "count": len(said),
            "most": SUBJECT_LENGTH,
        }
    if part == "text" and (parts := segments(said)) > max(SEGMENTS, segments(shipped)):
        return _parts(parts, sorted(set(said) - GSM - GSM_TWICE))
    return ""


def segments(text: str) -> int:
    """The number of parts in which a network sends the text; each part costs money."""
    if set(text) <= GSM | GSM_TWICE:
        length, alone, joined = len(text) + sum(char in GSM_TWICE for char in text), 160, 153
    else:
        length, alone, joined = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= alone else -(-length // joined)


def _parts(parts: int, characters: list[str]) -> str:
    text = _("This text message would be sent, and paid for, in %(count)s parts. Two at most: shorten it.") % {
        "count": parts
    }
    if not characters:
        return text
    more = _("These characters make it longer: %(characters)s. Write it without them.")
    return text + " " + more % {"characters": " ".join(characters)}
