"""Parse: from the printed texts of one track to what they say.

credits       from a printed credit to the names in it
names         whether two names are one
covers        whose piece somebody else plays
versions      what version a title names
pieces        from a printed title to what its brackets and dashes part
titles        from these to base, subtitles, version and numbers
arranging     from pieces to artist and title, in each order that makes sense
file_names    from the name of a file to such readings
surroundings  what stands around a title: album, label, folders, numbers, length
reading       a whole track: all of its readings
"""
