"""A student gets a passport: the route, dates planned back from departure, counters, passport days, vouchers, names,
calls.

Later steps import `timeline`, `planning`, `calls`, `next_step` and `actions.replan`.
"""
