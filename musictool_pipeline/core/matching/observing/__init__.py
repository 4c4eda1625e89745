"""Observe: what can be seen of a track on vinyl and a file, side by side.

levels        numbers as steps with names
around        length, album, label, the very release
two_titles    how two titles stand to each other
recordings    all that is seen of the first question: is it the same recording?
standing      how two versions stand to each other by their words
takes         all that is seen of the second question: which version is it?
"""
