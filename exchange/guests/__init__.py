"""Private links: made, replaced, ended, kept to the dates they follow, and opened, whatever their purpose is.

`links` acts on them, `pages` opens the pages behind them, `working` finds those that work. What each is for is declared
on its model (`exchange.models.private_link`).
"""
