"""Each fault of the lab in turn, against the table of docs/safety.md."""
