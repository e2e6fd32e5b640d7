"""How a student gets a passport, one room for each noun: the way, the plan of its dates, the case, and what staff do.

Later steps import `plan`, `case.next_step`, `case.replan` and `calls`.
"""
