"""What deploy/install asks, and the file that its answers make; what it does to a machine, script/try-deploy tries."""

import sys

import pytest

from tests.services import ROOT

sys.path.append(str(ROOT / "deploy"))

import installing  # noqa: E402  a file beside a script, not of a package

CITY = installing.cities()[0]
ANSWERS = (
    "https://Exchange.example.gov/",
    "it@example.gov",
    "office@example.gov",
    "+1 213 555 0148",
    CITY,
    "mail.example.gov",
)
FORMER = {
    "ALLOWED_HOSTS": "exchange.example.gov",
    "ERROR_EMAILS": "it@example.gov",
    "OFFICE_EMAIL": "office@example.gov",
    "OFFICE_PHONE": "+1 213 555 0148",
    "REFERENCE_CITY": CITY,
    "EMAIL_HOST": "mail.example.gov",
    "SECRET_KEY": "kept",
    "DATABASE_URL": "postgres://exchange:abc@localhost/exchange",
}


def answering(*answers):
    """Stands in for a keyboard, and keeps what was asked."""
    left, asked = list(answers), []

    def ask(prompt):
        asked.append(prompt)
        if not left:
            raise EOFError
        return left.pop(0)

    return ask, asked


def test_six_answers_are_enough():
    ask, asked = answering(*ANSWERS)
    assert installing.ask_all({}, ask) == {
        "site": "exchange.example.gov",
        "owner": "it@example.gov",
        "office": "office@example.gov",
        "phone": "+1 213 555 0148",
        "city": CITY,
        "mail": "mail.example.gov",
    }
    assert len(asked) == len(ANSWERS)


@pytest.mark.parametrize(
    ("at", "wrong", "told"),
    [
        (0, "", "This is needed."),
        (0, "exchange.example.gov:8000", "That is no host name."),
        (0, "example.gov/exchange", "That is no host name."),
        (0, "-example.gov", "That is no host name."),
        (1, "it at example.gov", "That is no email address."),
        (1, "it@example.gov, me@example.gov", "That is no email address."),
        (1, "it$HOME@example.gov", "Leave out quotes"),
        (3, "555 0148", "That is no phone number with its area code."),
        (3, "none", "That is no phone number"),
        (4, "atlantis", f"There is no such folder. Name one of {CITY}"),
        (4, "../cities", "There is no such folder."),
        (5, "smtp://mail", "That is no host name."),
    ],
)
def test_what_cannot_be_right_is_asked_again(at, wrong, told, capsys):
    ask, asked = answering(*ANSWERS[:at], wrong, *ANSWERS[at:])
    assert list(installing.ask_all({}, ask).values())[at] == (ANSWERS[at] if at else "exchange.example.gov")
    assert told in capsys.readouterr().out
    assert asked[at] == asked[at + 1]


def test_a_former_answer_is_offered_and_enter_takes_it():
    ask, asked = answering(*[""] * 6)
    assert list(installing.ask_all(FORMER, ask).values()) == [FORMER[q.variable] for q in installing.QUESTIONS]
    assert asked[0].endswith("[exchange.example.gov]: ")

    ask, _asked = answering("", "", "", "", "none", "")
    assert installing.ask_all(FORMER, ask)["city"] == ""


def test_a_city_without_a_folder_and_a_mail_server_of_its_own_need_no_answer():
    ask, _asked = answering(*ANSWERS[:4], "", "")
    answers = installing.ask_all({}, ask)
    assert (answers["city"], answers["mail"]) == ("", "localhost")


def test_nothing_is_done_when_nobody_answers():
    ask, _asked = answering(*ANSWERS[:2])
    with pytest.raises(installing.Refused, match="There was no answer to “Email address of the coordinator"):
        installing.ask_all({}, ask)


def test_keys_and_passwords_that_are_there_stay_and_others_are_new_each_time():
    ask, _asked = answering(*ANSWERS)
    answers = installing.ask_all({}, ask)
    first, second, later = (installing.values_of(answers, present) for present in ({}, {}, FORMER))
    for name in ("SECRET_KEY", "SEALING_KEY", "DATABASE_URL"):
        assert first[name] != second[name]
    assert (later["SECRET_KEY"], later["DATABASE_URL"]) == (FORMER["SECRET_KEY"], FORMER["DATABASE_URL"])
    assert len(later["SEALING_KEY"]) == 64
    assert later["SITE_URL"] == "https://exchange.example.gov"


def test_each_value_takes_the_place_of_its_line_and_reads_back():
    values = {"ONE": "1", "TWO": "two words", "NEW": "there"}
    text = installing.filled("# what it is\n#ONE=\nTWO=2\nOTHER=kept\n# TWO=an example\n", values)
    assert text == '# what it is\nONE=1\nTWO="two words"\nOTHER=kept\n# TWO=an example\nNEW=there\n'
    assert installing.environment_of(text) == values | {"OTHER": "kept"}
    assert installing.filled(text, values) == text


def test_every_variable_it_sets_is_explained_in_the_example():
    ask, _asked = answering(*ANSWERS)
    values = installing.values_of(installing.ask_all({}, ask), {})
    example = (ROOT / ".env.example").read_text()
    filled = installing.environment_of(installing.filled(example, values))
    assert {name: filled.get(name) for name in values} == values
    assert installing.filled(example, values).count("\n") == example.count("\n")


def test_the_newest_release_is_by_number():
    assert installing.newest_of(["v0.9.0", "v0.10.0", "v0.2.0", "nightly"]) == "v0.10.0"
    with pytest.raises(installing.Refused, match="no release yet"):
        installing.newest_of(["nightly"])


def test_a_file_with_keys_is_never_open_to_others(tmp_path):
    file = tmp_path / "environment"
    (tmp_path / ".environment").write_text("left by a stop")
    installing.replace(file, "KEY=1\n", 0o640)
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("KEY=1\n", 0o640)
    assert [path.name for path in tmp_path.iterdir()] == ["environment"]


def test_the_two_roles_passwords_come_from_their_files_or_it_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(installing, "OWNER", tmp_path / "owner")
    monkeypatch.setattr(installing, "ENVIRONMENT", tmp_path / "environment")
    (tmp_path / "owner").write_text("OWNER_DATABASE_URL=postgres://exchange_owner:one@localhost/exchange\n")
    (tmp_path / "environment").write_text("DATABASE_URL=postgres://exchange:two@localhost/exchange\n")
    assert installing.passwords() == ["one", "two"]

    (tmp_path / "environment").write_text("DATABASE_URL=postgres://exchange:two@db.example.gov/exchange\n")
    with pytest.raises(installing.Refused, match="isn't the database “exchange” of this machine"):
        installing.passwords()


def test_a_portal_whose_keys_are_gone_gets_no_new_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(installing, "ENVIRONMENT", tmp_path / "environment")
    there = {"postgres": "1\n", "exchange": "214\n"}
    monkeypatch.setattr(installing, "sql", lambda _text, database="postgres": there[database])
    with pytest.raises(installing.Refused, match="Bring that file back"):
        installing.check_keys()

    there["exchange"] = "0\n"  # stopped before its first tables
    installing.check_keys()
    there["exchange"] = "214\n"
    (tmp_path / "environment").write_text("SECRET_KEY=there\n")
    installing.check_keys()
