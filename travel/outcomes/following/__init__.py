"""How students did in college afterward: from college research offices, under consent and without names (ADR 82).

`codes` and `files` are pure. `matching` compares a file with those who agreed; `actions` writes.
"""
