"""Pages of the office about an account: what waits for a second person, resets, merges, its history."""
