"""The travelers of one trip, for staff: what each still owes."""
