"""One module per policy; each has NAME and policy(params)."""
