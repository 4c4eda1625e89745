"""Is this version of a track on vinyl in the digital library as a file?

    tracks       what goes in and comes out
    vocabulary   the words that labels, shops and DJ programs print beside a title
    text         bare strings: mending, folding, likeness
    versions     what version a title names, and whether two are the same
    credits      from a printed credit to the names in it
    titles       from a printed title to base, subtitles, version and numbers
    reading      from a track's texts to what they say
    blocking     which few files are worth comparing
    scoring      how well two readings agree, piece by piece
    deciding     what follows: status, confidence, reason
    matcher      a library once, then a verdict for each track

Nothing in here reads or writes anything.
"""
