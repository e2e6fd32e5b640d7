"""Which way leads somebody to a passport, from a few plain answers. Pure."""
