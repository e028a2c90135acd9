"""Pure builders: from parameters to plain dicts. Nothing here knows Pulumi."""
