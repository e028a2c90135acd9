"""The policy pack. Pulumi runs this folder as a program, so its modules import by bare name."""
