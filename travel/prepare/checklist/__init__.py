"""The checklist: steps of a cycle, items of a student, what closes them, and who is behind."""
