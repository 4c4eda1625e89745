"""What Discogs says and how it wants to be asked, in values."""
