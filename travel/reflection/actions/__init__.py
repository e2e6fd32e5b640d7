"""Everything that changes prompts, answers, consents, photos, stories, projects, certificates and alumni."""
