"""What leaves the project as files: the exports, and playlists for the programs that DJs use.

Everything is made from the published database, and from that alone: the same database gives the
same bytes. What belongs to Dagster, and what is printed, is not here.
"""
