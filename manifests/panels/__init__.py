"""What the dashboard shows, one module a row."""
