"""What several steps share: charts, maps, the ticket, comparing names, sources of dated rows, and editing single rows.

Every step may import any module of it; it imports no step.
"""
