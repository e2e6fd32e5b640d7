"""The fold of names returns what it did, sooner: TRANSLATE looks each letter up in a list, so the short lists come first.

The indexes keep what the function returned, so they stay.
"""

import importlib

from django.db import migrations

before = importlib.import_module("exchange.migrations.0012_search_indexes")
LETTERS, PLAIN = before.LETTERS, before.PLAIN
SPANISH = "áéíóúüñÁÉÍÓÚÜÑ"


def _translated(letters):
    plain = "".join(PLAIN[LETTERS.index(letter)] for letter in letters)
    return f"translate(said, '{letters}', '{plain}')"


WEST_EUROPEAN = "".join(letter for letter in LETTERS if ord(letter) < 0x100)
FUNCTION = f"""
CREATE OR REPLACE FUNCTION exchange_folded(said text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE plain text;
BEGIN
  IF octet_length(said) = char_length(said) THEN RETURN lower(said); END IF;
  plain := {_translated(SPANISH)};
  IF octet_length(plain) = char_length(plain) THEN RETURN lower(plain); END IF;
  plain := {_translated(WEST_EUROPEAN)};
  IF octet_length(plain) = char_length(plain) THEN RETURN lower(plain); END IF;
  RETURN lower({_translated(LETTERS)});
END
$$
"""


def _replace(function):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(function, None)

    return run


class Migration(migrations.Migration):
    dependencies = [("exchange", "0012_search_indexes")]

    operations = [migrations.RunPython(_replace(FUNCTION), _replace(before.FUNCTION))]
