"""Fee vouchers and their ledger."""
