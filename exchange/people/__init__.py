"""Accounts, one room for each noun: sign-in, roles, colleges, what takes two people, two accounts of one person."""
