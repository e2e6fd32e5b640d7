"""Students reflect on the trip in their own words, and choose who may read it.

Only the tasks import its actions.
"""
