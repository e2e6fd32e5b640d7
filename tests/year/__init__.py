"""A played year: people who do what people do, through the pages, and what must hold after every act.

`script/year` plays one. pages.py is what a person has in hand, calendar.py moves the clock and runs what beat would,
office.py and students.py are what people do, invariants.py is what must hold, play.py goes from an empty office to the
report a year later.
"""
