"""The fold of names returns what it did, sooner: TRANSLATE looks each letter up in a list, and the letters of
Vietnamese, which many families write their names with, were only in the longest.

The indexes keep what the function returned, so they stay.
"""

import importlib

from django.db import migrations

before = importlib.import_module("exchange.migrations.0013_fold_common_letters_first")
VIETNAMESE = "".join(letter for letter in before.LETTERS if letter in "ĂăĐđĨĩŨũƠơƯư" or 0x1EA0 <= ord(letter) < 0x1EFA)
OTHERS = "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúý"  # of Vietnamese, which are West European, too
FUNCTION = f"""
CREATE OR REPLACE FUNCTION exchange_folded(said text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE plain text;
BEGIN
  IF octet_length(said) = char_length(said) THEN RETURN lower(said); END IF;
  plain := {before._translated(before.SPANISH)};
  IF octet_length(plain) = char_length(plain) THEN RETURN lower(plain); END IF;
  plain := {before._translated(before.WEST_EUROPEAN)};
  IF octet_length(plain) = char_length(plain) THEN RETURN lower(plain); END IF;
  plain := {before._translated(VIETNAMESE + OTHERS)};
  IF octet_length(plain) = char_length(plain) THEN RETURN lower(plain); END IF;
  RETURN lower({before._translated(before.LETTERS)});
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("exchange", "0013_fold_common_letters_first")]

    operations = [migrations.RunPython(before._replace(FUNCTION), before._replace(before.FUNCTION))]
