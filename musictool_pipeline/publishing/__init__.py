"""What leaves the project as files."""
