"""Clocks that are ahead or behind, for programs on this machine and in containers of the lab."""
