"""Is this version of a track on vinyl in the digital library as a file?

Two questions, one after the other. Is it the same recording? Evidence answers that: points that
were learned from labelled pairs. Which version of it? Definitions answer that, and evidence only
where they are silent.

    tracks        what goes in and comes out
    own_tables    the files of words and points (lexicon.tsv, points.txt)
    words         what is known of words

    parsing       from the texts of one track to what they say
    finding       which few files are worth comparing with a track
    observing     what can be seen of a track and a file, side by side
    weighing      what the observations count
    comparing     all of this, for one track and one file
    deciding      what follows: status and confidence
    explaining    the same in a DJ's words
    matcher       a library once, then a verdict for each track of a record

Nothing in here reads or writes anything but its own tables.
"""
