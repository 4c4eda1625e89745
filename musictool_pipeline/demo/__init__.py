"""The demo: an invented record collection, and a stand-in for the Discogs API on loopback."""

from __future__ import annotations

import argparse


def add_flags(parser: argparse.ArgumentParser) -> None:
    """What the demo can be told."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--live", action="store_true", help="read the collection from the API")
    source.add_argument("--dump", action="store_true", help="begin with an invented monthly dump")
