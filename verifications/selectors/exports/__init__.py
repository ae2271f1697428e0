"""What can be exported of each kind of record: its columns, and the filters of its list."""
