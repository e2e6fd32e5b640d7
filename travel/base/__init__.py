"""What several steps stand on: charts, maps, the ticket, comparing names, sources of dated rows, the office's plain
rows.

Every step may import any module of it; it imports no step.
"""
