"""What takes two people: who may be the second, and lost ways to sign in."""
