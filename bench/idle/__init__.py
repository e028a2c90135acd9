"""What the programs cost a cluster in which nothing happens."""
