"""What scores add up to: means, adjustment for strict and lenient readers, agreement between readers. Pure but for
`comparing`.

Later steps import `comparing`; `calculating` is run in a process of its own.
"""
