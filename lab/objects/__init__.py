"""The Kubernetes objects that a user's cluster has before this project arrives, as plain data."""
