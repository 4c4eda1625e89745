"""Find: the few files that are worth comparing with a track.

keys          by which words a track and a file can be found
postings      which files have a word
probing       what a track is looked up by
blocking      the index of a library, and the candidates for one track
concerning    which tracks a change of the library could concern
"""
