"""How a student gets a passport: the route, dates planned back from departure, acceptance facilities, passport days,
fee vouchers, the ticket name, and staff's calls.

Later steps import `timeline`, `planning`, `calls`, `next_step` and `actions.replan`.
"""
