"""The ComponentResources of a stack, one a module; every value arrives as an argument."""
