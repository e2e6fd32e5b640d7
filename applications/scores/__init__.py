"""Statistics of scores: means, adjustment for strict and lenient readers, agreement between readers. All modules but
`comparing` are pure.

Later steps import `comparing`; `calculating` runs in a subprocess.
"""
