"""A stack's configuration, and where its objects are deployed."""
