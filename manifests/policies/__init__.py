"""One module a policy; each has NAME and policy(params)."""
