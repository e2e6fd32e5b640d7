"""The committee decides: ranking, reserves, proposals, and lotteries for ties. No student is told anything here.

Later steps import the modules `levers`, `reserves`, `ranking` and `actions.selection`.
"""
