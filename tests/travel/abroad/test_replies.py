"""What a texted answer to a check-in says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.abroad.replies import HELP, SAFE, Answer, read


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        *((text, Answer.SAFE) for text in ("1", " 1. ", "1️⃣", "Safe", "I'm safe", "I’m safe!", "Im ok", "I am OK")),
        *(
            (text, Answer.SAFE)
            for text in ("Estoy bien", "sí, estoy bien, gracias", "Todo bien", "a salvo", "1 thanks")
        ),
        *((text, Answer.HELP) for text in ("2", "2!!", "HELP", "help me please", "Ayuda", "¡AYUDA!", "necesito ayuda")),
        *((text, Answer.HELP) for text in ("SOS", "emergencia en el hotel", "2 my leg", "911")),
        *((text, Answer.UNCLEAR) for text in ("", "👍", "YES", "Sí", "12", "1 2", "1 safe, 2 help", "not safe")),
        *((text, Answer.UNCLEAR) for text in ("no estoy bien", "I don't need help", "I’m safe but Maria needs help")),
        *(
            (text, Answer.UNCLEAR)
            for text in ("safe?? no", "what is 2", "Where is everybody", "was safe", "who is this")
        ),
        *((text, Answer.THANKS) for text in ("ok", "Thanks!", "Muchas gracias")),
    ],
)
def test_examples(text, answer):
    assert read(text) == answer


@given(st.text())
def test_a_text_is_safe_only_if_it_has_a_word_for_it_and_none_for_help(text):
    if read(text) == Answer.SAFE:
        from exchange.messages.inbound import words_of  # noqa: PLC0415 -- the words as the code under test sees them

        said = set(words_of(text))
        assert said & (SAFE | {"OK", "OKAY", "GOOD"})
        assert not said & HELP


@given(st.sampled_from(sorted(SAFE)), st.sampled_from(sorted(HELP)), st.booleans())
def test_both_at_once_is_for_a_person(safe, help_, first):
    assert read(f"{safe} {help_}" if first else f"{help_} {safe}") == Answer.UNCLEAR


@given(st.sampled_from(["not", "no", "don't", "nunca", "never"]), st.sampled_from(sorted(SAFE)))
def test_a_denial_is_never_safe(word, safe):
    assert read(f"{word} {safe}") != Answer.SAFE
