"""Roles by invitation: given, compared, ended, and the work that is handed on."""
