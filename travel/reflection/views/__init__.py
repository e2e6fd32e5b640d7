"""Views of reflections, stories, follow-on projects, certificates and alumni."""
