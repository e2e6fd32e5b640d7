"""How students did in college afterward: from research offices, under consent and without names (docs/adr/0028).

`codes` and `files` are pure. `matching` compares a file with those who agreed; `actions` writes.
"""
