"""The demo's stand-in for Discogs as tests need it: with faults, and a log of what was asked."""
