"""Everything before departure except the passport, one room for each noun.

Each room has its `actions`, `forms` and `views`, with its pure rules beside them. `own_views` are the student's pages
where the office has other ones. Later steps import `checklist.actions` and `needs.opening`.
"""
