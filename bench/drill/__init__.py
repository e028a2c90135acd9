"""The loss of the whole cluster, and the way back."""
