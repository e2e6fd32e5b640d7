"""A cycle's checklist, prompts, survey and forms, under Set up."""
