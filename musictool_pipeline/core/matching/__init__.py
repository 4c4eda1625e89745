"""Is this version of a track on vinyl in the digital library as a file?

Two questions, one after the other. Is it the same recording? Evidence answers that: points that
were learned from labelled pairs. Which version of it? Definitions answer that, and evidence only
where they are silent.

    tracks        what goes in and comes out

    own_tables    the files of words and points, as lines
    lexicon       the words that labels, shops and DJ programs print beside a title (lexicon.tsv)
    text          bare strings: mending, folding, likeness
    lost_letters  letters that a program or a censor replaced
    credits       from a printed credit to the names in it
    versions      what version a title names, and how two versions stand to each other
    pieces        from a printed title to what its brackets and dashes part
    titles        from these to base, subtitles, version and numbers
    surroundings  what stands around a title: album, label, folders, numbers, length
    reading       from a track's texts to what they say

    blocking      which few files are worth comparing
    shared_words  which words two texts share, and how much those weigh
    observing     what can be seen of a track and a file, side by side
    takes         which words in brackets may name a take
    weighing      the table of points (points.txt), and their sums
    deciding      what follows: status and confidence
    explaining    the same in a DJ's words
    matcher       a library once, then a verdict for each track of a record

Nothing in here reads or writes anything but its own tables.
"""
