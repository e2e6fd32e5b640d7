"""In which of the portal's languages a person wrote a text, so that a screen reader says it with the right voice.

Pure. Guessed from frequent words that only one of the languages has, and unsaid wherever that isn't clear: a wrong
voice is worse than the page's own.
"""

import re

FREQUENT = {
    "en": frozenset(
        "the and of to was is that for with my it i we you they have had from this when at be not but are were what"
        " would because about their there which how our his her been an as by or your who if will can first more after"
        .split()
    ),
    "es": frozenset(
        "el la los las de del y que en un una por para con mi su se lo es como pero más porque cuando fue era muy"
        " al este esta ya yo nos también mis sus qué sin sobre le les si está son hay todo todos hasta desde usted tu"
        .split()
    ),
}  # fmt: skip
ENOUGH = 3  # frequent words
CLEARLY = 4  # times as many of one language as of the other
READ = 2000  # characters: enough to know


def written_language(text: str) -> str:
    """A language's code, or "" if it isn't clear."""
    words = re.findall(r"[^\W\d_]+", text[:READ].lower())
    count = {code: sum(word in frequent for word in words) for code, frequent in FREQUENT.items()}
    code, most = max(count.items(), key=lambda each: each[1])
    return code if most >= ENOUGH and most >= CLEARLY * (sum(count.values()) - most) else ""
