"""One student's passport: the questions, its stage, its one next step, and everything that plans it again."""
