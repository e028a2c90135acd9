"""The objects that the controller creates: Job, volume, event."""
