"""`make torture`: the project killed, starved and lied to, with a figure for each promise.

Each module does one kind of harm to a project driven as a user drives it, and measures what was
lost. What belongs here: the harm, and the measuring. If a figure is missed, the project
has a fault. The same tortures in their smallest form run in the suite (`test_*.py` in this folder).
"""
