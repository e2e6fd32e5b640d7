"""Facts, rules and guidance with their sources, as files bring them and the office changes them."""
