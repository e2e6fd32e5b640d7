"""Signing in and up: codes, devices, limits, allauth's adapters and forms."""
