"""The words that policies, mover, plumber and policy pack must agree on. Standard library only."""
