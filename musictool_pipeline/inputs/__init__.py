"""What the user gives, on disk: the export, the libraries, the decisions."""
