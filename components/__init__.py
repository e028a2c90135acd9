"""The parts of a stack, each a ComponentResource; values arrive as arguments."""
