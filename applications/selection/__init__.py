"""The committee decides: ranking, reserves, proposals, ties drawn by lottery. Nobody is told here.

Later steps import `levers`, `reserves`, `ranking` and `actions.selection`.
"""
