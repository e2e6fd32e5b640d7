"""Promised money: rules, promises, receipts, payment lists, and what all of it adds up to."""
