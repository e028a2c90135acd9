"""What to do next for one ReplicationSource or ReplicationDestination: pure decisions."""
