"""What the program and its policy pack add to `pulumi preview`."""
