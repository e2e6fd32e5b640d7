"""What a texted answer to a check-in says. Pure: words in, answer out.

A text counts as safe only if all of it says so: a word that isn't known makes it unclear, and a person reads it. Words
for help count as long as nothing in the text speaks against them. "OK" alone may only mean "I got it", and YES
answers a question that we didn't ask, so both go to a person.
"""

from enum import StrEnum

from exchange.messages.inbound import words_of


class Answer(StrEnum):
    SAFE = "safe"
    HELP = "help"
    UNCLEAR = "unclear"
    THANKS = "thanks"  # says nothing new, such as a thank-you after the answer


SAFE = frozenset({"1", "UNO", "SAFE", "SALVO", "SALVA", "BIEN", "FINE"})
HELP = frozenset({"2", "DOS", "HELP", "AYUDA", "SOS", "EMERGENCY", "EMERGENCIA", "AUXILIO", "SOCORRO", "911"})
# with one of SAFE beside them, they change nothing: "I'm ok and safe", "sí, estoy bien, gracias"
AROUND_SAFE = frozenset(
    "I M IM AM ME A AND Y ESTOY TODO ALL WE RE ARE VERY MUY AQUI HERE HI HOLA YES SI OK OKAY GOOD THANKS THANK YOU"
    " GRACIAS NOW AHORA".split()
)
# "I'm ok" says it by itself; "ok" alone doesn't
SAFE_SENTENCES = frozenset({"I M OK", "IM OK", "I AM OK", "ESTOY OK", "I M OKAY", "IM OKAY", "I AM OKAY", "I M GOOD"})
AGAINST = frozenset(
    "NO NOT NUNCA NEVER DONT DON DOESNT ISNT AINT CANT CAN T NADIE SIN WITHOUT IF CUANDO WHEN WAS ESTABA BUT PERO"
    " WHAT QUE".split()
)
THANKS = frozenset("THANKS THANK YOU GRACIAS OK OKAY MUCHAS SO MUCH".split())


def read(text: str) -> Answer:
    """An emoji alone, an empty text, both answers at once, or a "not" beside an answer is UNCLEAR."""
    words = words_of(text)
    said = set(words)
    is_safe = bool(said & SAFE) and said <= SAFE | AROUND_SAFE or " ".join(words) in SAFE_SENTENCES
    if is_safe:
        return Answer.SAFE
    if said & HELP and not said & (SAFE | AGAINST):
        return Answer.HELP
    return Answer.THANKS if said and said <= THANKS else Answer.UNCLEAR
