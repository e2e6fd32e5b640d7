"""What a texted answer to a check-in says: nobody is counted safe who may not be, and help is always heard."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exchange.messages.inbound import LONGEST
from travel.abroad.replies import HELP, ONE, PLEASED, Answer, read

SAFE = ONE | frozenset("SAFE SALVO SALVA BIEN FINE".split())

IS_SAFE = (
    *("Sí, bien", "1, estoy bien", "Ok, estoy bien", "Muchas gracias, estoy bien", "estoy muy bien 😊"),
    *(
        "1",
        " 1. ",
        "1️⃣",
        "1!",
        "1 👍",
        "1 👍🏽",
        "1\n",
        "uno",
        "Uno!",
        "1 thanks",
        "Yes, 1",
        "1, gracias",
        "1 ✅",
        "1 :)",
    ),
    *(
        "Safe",
        "safe!",
        "I'm safe",
        "I’m safe!",
        "im safe",
        "I am safe.",
        "I’m here and safe",
        "safe and sound",
        "We're safe",
    ),
    *(
        "Im ok",
        "I am OK",
        "I'm okay!",
        "I'm fine, thank you",
        "I’m good",
        "I am well",
        "fine",
        "Hi, I'm fine",
        "All good",
    ),
    *(
        "Everyone is fine",
        "Everything is ok",
        "I'm very good thanks",
        "Yes I am safe now",
        "SAFE ❤️",
        "I’m safe and well 🙏",
    ),
    *(
        "Estoy bien",
        "sí, estoy bien, gracias",
        "Todo bien",
        "todo está bien",
        "a salvo",
        "Estoy a salvo",
        "Hola, estoy bien",
    ),
    *(
        "¡Estoy bien!",
        "Bien, gracias",
        "bien y a salvo",
        "sana y salva",
        "Estamos bien",
        "estamos todos bien",
        "Estoy aquí y bien",
    ),
    "ESTOY BIEN",
)
IS_HELP = (
    *(
        "2 I'm not fine",
        "2. no estoy bien, me robaron",
        "2 I don't feel safe",
        "2, not safe",
        "Hola, 2",
        "sí, 2",
        "Yes 2",
    ),
    *(
        "Ayúdeme",
        "ayúdenos por favor",
        "¿puedes ayudarme?",
        "necesito que me ayudes",
        "helpme",
        "HELPP",
        "s.o.s",
        "S O S",
    ),
    *(
        "9-1-1",
        "112",
        "peligro",
        "I'm in danger",
        "помогите",
        "ПОМОГИТЕ!",
        "βοήθεια",
        "βοηθεια",
        "ΒΟΗΘΕΙΑ",
        "救命",
        "النجدة",
    ),
    *(
        "2",
        "2!!",
        "2?",
        "Dos",
        "2 my leg",
        "2 — quick",
        "2 ⚠️",
        "HELP",
        "help?",
        "help me please",
        "HELP!!!",
        "h\u00e9lp",
    ),
    *(
        "help, I can't move",
        "I need help but I can't talk",
        "We don't know where we are, help",
        "not safe, help",
        "Help 1",
    ),
    *("I’m safe but Maria needs help", "1 safe, 2 help", "I don't need help", "do you need help?", "No help has come"),
    *("someone help her, she’s not moving", "call 911", "911", "SOS", "S O S sos", "mayday", "emergency at the hotel"),
    *("safe 🆘", "🆘", "1 🆘", "помогите help", "救命 SOS", "مساعدة help", "I'm fine. " + "." * 300 + " help"),
    *(
        "Ayuda",
        "¡AYUDA!",
        "ayuda, no puedo salir",
        "necesito ayuda",
        "no necesito ayuda",
        "ayúdame",
        "ayúdenme por favor",
    ),
    *(
        "Ayúdennos, estamos en el metro",
        "emergencia en el hotel",
        "Auxilio",
        "socorro!!",
        "estoy bien pero ella necesita ayuda",
    ),
    *("¿ayuda?", "no hay emergencia", "ＨＥＬＰ"),
)
FOR_A_PERSON = (
    *("1;", "safe;", "1\u037e", "I am ___ fine", "Estoy seguro", "Estoy segura", "Hola todo bien", "Hi all good"),
    *("Ahora bien,", "I'm fine" + 1600 * " " + "but Maria is not"),
    *(
        "",
        " ",
        "👍",
        "👌",
        "YES",
        "Sí",
        "No",
        "12",
        "1 2",
        "2 1",
        "11",
        "1.5",
        "1/2",
        "-1",
        "1-",
        "1 or 2",
        "0",
        "3",
        "?",
        "…",
    ),
    *(
        "are we safe?",
        "are we safe",
        "Are you safe",
        "is everyone safe",
        "we safe?",
        "safe?",
        "safe??",
        "1?",
        "¿1?",
        "I'm safe?",
    ),
    *(
        "¿todo bien?",
        "todo bien?",
        "¿Estoy bien?",
        "¿estamos a salvo?",
        "bien?",
        "y tú bien",
        "bien y tú",
        "estás bien",
        "si",
    ),
    *(
        "1 ❌",
        "❌ 1",
        "safe ❌",
        "1 🚫",
        "1 ⛔",
        "safe 😢",
        "I'm fine 😭",
        "safe 🩸",
        "1 🤕",
        "1 ☠️",
        "bien 💔",
        "safe :(",
        "fine :/",
    ),
    *(
        "1 не",
        "не safe",
        "1 不",
        "不 safe",
        "1 غير",
        "safe לא",
        "1 नहीं",
        "1 아니",
        "Я safe",
        "1 ない",
        "ѕafe",
        "safе",
        "1 μη",
    ),
    *(
        "not safe",
        "unsafe",
        "no estoy bien",
        "nada bien",
        "I'm not fine",
        "I am not ok",
        "never safe",
        "was safe",
        "safe? no",
    ),
    *(
        "I'm fine, but Maria isn't",
        "I'm fine but Maria is not",
        "bien pero Ana no",
        "safe if he leaves",
        "safe so far",
        "safe for now",
    ),
    *(
        "I'm fine" + " " * 200 + "but Maria is not",
        "1" + "\n" * 300 + "not",
        "safe" + "." * 250 + "no",
        "1 " * 90 + "no",
    ),
    *(
        "s\u0336a\u0336f\u0336e\u0336",
        "1\u0336",
        "s\u0338afe",
        "safe\u200bno",
        "\u202eefas",
        "sa\u00adfe",
        "1\u20e0",
        "1\u200d",
    ),
    *(
        "safe...",
        "fine…",
        '"safe"',
        "“safe”",
        "(safe)",
        "safe/not",
        "safe-ish",
        "safe*",
        "~safe",
        "safe #not",
        "safe =no",
        "1 = no",
    ),
    *(
        "what is 2",
        "Where is everybody",
        "who is this",
        "I'm at the hotel",
        "on my way",
        "we two are lost",
        "los dos bien?",
        "bien los dos",
    ),
    *(
        "I am safe from him",
        "I want to be safe",
        "keep me safe",
        "a safe place",
        "safe house",
        "think I'm fine",
        "I'm fine I think",
    ),
    *(
        "almost safe",
        "casi bien",
        "más o menos bien",
        "not fine",
        "bien mal",
        "estoy mal",
        "I'm hurt",
        "can't move",
        "no puedo salir",
    ),
    *(
        "Maria is safe",
        "he is fine",
        "ella está bien",
        "she said 1",
        "tell mom I'm fine",
        "reply 1 if safe",
        "Reply 1 or 2",
    ),
    *("SALVO Ana", "salvo que no", "si estoy bien te llamo", "good", "I'm", "estoy", "fine?!", "1¿", "uno dos", "well"),
    *(
        "STOP 1",
        "no 1",
        "1 no",
        "1 pero no",
        "ok no",
        "ok?",
        "thanks for nothing",
        "gracias por nada",
        "thanks?",
        "thanks 😡",
    ),
)
IS_THANKS = ("ok", "OK!", "Okay.", "Thanks!", "thank you so much", "Muchas gracias", "gracias 🙏", "ok thanks")


@pytest.mark.parametrize(
    ("texts", "answer"),
    [
        (IS_SAFE, Answer.SAFE),
        (IS_HELP, Answer.HELP),
        (FOR_A_PERSON, Answer.UNCLEAR),
        (IS_THANKS, Answer.THANKS),
    ],
)
def test_examples(texts, answer):
    assert {text: said for text in texts if (said := read(text)) != answer} == {}


def test_a_long_text_is_read_in_no_time_and_by_a_person():
    assert read("I am safe and fine and " * 60 + "no") == Answer.UNCLEAR
    assert read("1 " * 700) == Answer.UNCLEAR


def test_there_are_hundreds_of_examples_in_more_than_four_scripts():
    every = [*IS_SAFE, *IS_HELP, *FOR_A_PERSON, *IS_THANKS]
    scripts = {unicodedata.name(char).split()[0] for text in every for char in text if char.isalpha()}

    assert len(set(every)) == len(every) >= 270
    assert {"LATIN", "CYRILLIC", "ARABIC", "HEBREW", "DEVANAGARI", "HANGUL", "HIRAGANA", "GREEK"} <= scripts


SAID = st.sampled_from(IS_SAFE)
# what no sentence about being safe holds
OTHERS = st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc"]).filter(
    lambda char: not char.isascii() and unicodedata.normalize("NFKD", char)[0] not in f"{PLEASED}¡’´1 "
)


@given(SAID, OTHERS, st.integers(0, 60))
def test_one_character_that_is_not_accounted_for_sends_a_safe_text_to_a_person(text, char, at):
    assume(
        not unicodedata.combining(char) and not "🏻" <= char <= "🏿" and char not in "\ufe0f\u20e3\u00e1\u00ed\u0301"
    )
    at = min(at, len(text))
    assume(unicodedata.normalize("NFKD", char).isascii() is False)

    assert read(f"{text[:at]}{char}{text[at:]}") != Answer.SAFE


@given(SAID, st.sampled_from(["?", "¿", " ?", "\n?"]), st.booleans())
def test_a_question_is_never_an_answer(text, mark, first):
    assert read(f"{mark}{text}" if first else f"{text}{mark}") != Answer.SAFE


@given(
    SAID, st.text(alphabet=" \n.", max_size=1500), st.sampled_from(["but not Maria", "no", "x", "lost", "he is hurt"])
)
def test_what_comes_late_in_a_text_counts_as_well(text, between, more):
    assume(len(text + between + more) < LONGEST - 2)

    assert read(f"{text} {between} {more}") == Answer.UNCLEAR


@given(st.sampled_from(sorted(HELP)), st.text(max_size=80), st.text(max_size=80))
def test_help_is_heard_in_any_text_that_holds_it(word, before, after):
    assert read(f"{before} {word} {after}") == Answer.HELP


@given(st.sampled_from(["not", "no", "don't", "nunca", "never"]), st.sampled_from(sorted(SAFE)))
def test_a_denial_is_never_safe(word, safe):
    assert read(f"{word} {safe}") != Answer.SAFE


some_words = st.lists(st.sampled_from([*sorted(SAFE), "ok", "hi", "gracias", "😊", "help", "no", "?"]), max_size=4)


@given(st.text() | some_words.map(" ".join))
def test_a_text_is_safe_only_if_it_has_a_word_for_it(text):
    if read(text) == Answer.SAFE:
        from exchange.messages.inbound import words_of  # noqa: PLC0415 -- the words as the code under test sees them

        assert set(words_of(text)) & (SAFE | {"OK", "OKAY", "GOOD", "WELL"})
    else:
        assert read(text) in Answer
