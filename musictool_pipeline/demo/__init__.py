"""The demo: an invented record collection, and a stand-in for the Discogs API on loopback."""
