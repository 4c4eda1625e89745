"""Weigh: what the observations count.

points        the table of points, and their sums
pairing       which reading of the track belongs beside which one of the file
brackets      which words in brackets look most like the name of a take
"""
