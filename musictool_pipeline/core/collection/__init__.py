"""The collection as its owner exports it, in values."""
