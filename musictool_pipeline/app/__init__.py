"""What a person runs: the command line and what it prints."""
