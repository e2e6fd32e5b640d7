"""What we hold about somebody, for themselves: download, sharing, requests."""
