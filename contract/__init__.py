"""Names and formats that policies, mover, plumber and policy pack share. Standard library only."""
