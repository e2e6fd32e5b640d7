"""Partner cities, hosts, agreements, sponsors and budgets, and the pages a host opens with its private link.

Later steps import `programme`, `arrivals`, `budget`, `entry_rules` and `actions.host`.
"""
