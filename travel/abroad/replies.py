"""What a texted answer to a check-in says. Pure: words in, answer out.

Safe is only what is understood whole: every character is accounted for, the words make up known sentences in their
order, and nothing asks. "Are we safe", "1?", "1 ❌" and "I'm fine, but Maria isn't" go to a person. Help is heard in
any text that holds a word for it, whatever stands around it: better ten needless calls than one missed. "OK" alone may
only mean "I got it", and YES answers a question that we didn't ask, so both go to a person.
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from exchange.messages.inbound import LONGEST, words_of


class Answer(StrEnum):
    SAFE = "safe"
    HELP = "help"
    UNCLEAR = "unclear"
    THANKS = "thanks"  # says nothing new, such as a thank-you after the answer


ONE, TWO = frozenset({"1", "UNO"}), frozenset({"2", "DOS"})
HELP = frozenset(
    "HELP SOS EMERGENCY EMERGENCIES MAYDAY 911 AYUDA AYUDAME AYUDENME AYUDANOS AYUDENNOS AYUDEN EMERGENCIA EMERGENCIAS"
    " AUXILIO SOCORRO".split()
)
# "ayúdeme", "puedes ayudarme", "helpme", "HELPP", "I'm in danger"
HELP_BEGINS = ("HELP", "AYUD", "EMERGENC", "PELIGR", "DANGER")
# in other scripts, and what loses its letters among marks
HELP_SIGNS = ("🆘", "помогите", "помощь", "βοήθεια", "救命", "النجدة", "助けて")
HELP_SPELLED = re.compile(r"\b(?:S\W{0,2}O\W{0,2}S|9\W{0,2}1\W{0,2}1|112)\b")
# whole sentences and what may stand between them; a text is safe if it is made of these alone and has one that says so
SAYS_SAFE = (
    r"1|UNO|BIEN|FINE|SAFE|(?:A )?SALV[OA]|SAFE AND SOUND|SANO Y SALVO|SANA Y SALVA"
    r"|(?:I M|IM|I AM|WE ARE|WE RE) (?:HERE AND )?(?:VERY |ALL )?(?:SAFE|FINE|OK|OKAY|GOOD|WELL)"
    r"(?: AND (?:SAFE|FINE|OK|WELL))?"
    r"|ALL (?:SAFE|FINE|GOOD)|(?:ALL|EVERYTHING|EVERYONE) IS (?:SAFE|FINE|GOOD|OK)|TODO (?:ESTA )?(?:MUY )?BIEN"
    r"|(?:ESTOY|ESTAMOS) (?:AQUI Y )?(?:MUY |TODOS |TODAS )?(?:BIEN|OK|SALV[OA]|A SALVO)"
    r"(?: Y (?:BIEN|A SALVO|SEGUR[OA]))?"
)
AROUND = r"YES|SI|HI|HELLO|HOLA|OK|OKAY|(?:MANY )?THANKS|THANK YOU(?: SO MUCH)?|(?:MUCHAS )?GRACIAS|HERE|AQUI|NOW"
GREETING = frozenset("HI HELLO HOLA YES SI OK OKAY".split())
# a greeting before it asks: "hola, todo bien", "hi all good"
ASKS = re.compile(r"(?:HI|HELLO|HOLA) (?:TODO|ALL|EVERY)")
WORDS_MAX = 15  # nobody needs more to say that; and each could be read in two ways
WHOLE = re.compile(rf"(?:(?:AND |Y )?(?:(?P<safe>{SAYS_SAFE})|{AROUND})(?: |$))+")
THANKS = frozenset("THANKS THANK YOU GRACIAS OK OKAY MUCHAS MANY SO MUCH".split())
# Beside words: one mark at a time, a smile or a thumb. No question mark (";" is the Greek one), no hyphen, no blank to
# fill in, nothing that strikes words out.
PLEASED = "👍👌✅✔🙏❤😊🙂😀😃😄☺"
ACCOUNTED = re.compile(
    rf"[^\W_]|\s|[.,!¡'’](?![.])|(?<=[\d])\N{{COMBINING ENCLOSING KEYCAP}}|:-?\)|[{PLEASED}]|[🏻-🏿]"
)
ACCENTS = frozenset("\N{COMBINING ACUTE ACCENT}\N{COMBINING TILDE}\N{COMBINING DIAERESIS}")
AS_A_PICTURE = "\N{VARIATION SELECTOR-16}"  # how phones write 1️⃣ and ❤️


def read(text: str) -> Answer:
    words = words_of(text)
    said = set(words)
    if _asks_for_help(text, words):
        return Answer.HELP
    if len(text) >= LONGEST or not _is_accounted(text):
        return Answer.UNCLEAR
    whole = WHOLE.fullmatch(" ".join(words)) if len(words) <= WORDS_MAX else None
    if whole and whole["safe"] and not ASKS.match(" ".join(words)):
        return Answer.SAFE
    return Answer.THANKS if said and said <= THANKS else Answer.UNCLEAR


def _asks_for_help(text: str, words: Sequence[str]) -> bool:
    """Any word for it, wherever it stands; and "2", alone or before its reason."""
    if HELP.intersection(words) or any(word.startswith(HELP_BEGINS) for word in words):
        return True
    plain = _bare(text)
    if any(_bare(sign) in plain for sign in HELP_SIGNS) or HELP_SPELLED.search(text.upper()):
        return True
    said = set(words) - GREETING
    return bool(said & TWO) and not said & ONE and (words[0] in TWO or said <= TWO)


def _bare(text: str) -> str:
    """Without case and accents, which a phone may leave out: "βοηθεια"."""
    return "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))


def _is_accounted(text: str) -> bool:
    """Whether every character is a letter or digit that `words_of` keeps, or one that changes nothing."""
    plain = unicodedata.normalize("NFKD", text.replace(AS_A_PICTURE, ""))
    plain = "".join(char for char in plain if char not in ACCENTS)
    return all(char.isascii() or not char.isalnum() for char in plain) and not ACCOUNTED.sub("", plain)
