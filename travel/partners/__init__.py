"""Partner cities, hosts, agreements, sponsors and budgets, and the page a host opens by its link.

Later steps import `programme`, `arrivals`, `budget`, `entry_rules` and `actions.host`.
"""
