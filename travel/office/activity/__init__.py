"""What happened with a student and in a cycle, and one student beside a list."""
