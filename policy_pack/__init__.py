"""The policy pack. Pulumi runs this folder as a program: modules import each other by bare name."""
