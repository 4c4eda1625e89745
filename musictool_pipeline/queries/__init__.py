"""What is asked of the tables, for the command line, the dashboard and the report."""
