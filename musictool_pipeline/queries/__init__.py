"""What is asked of the tables, for the command line, the dashboard and the report."""

from musictool_pipeline.disk.statements import Statements

sql = Statements("queries")
