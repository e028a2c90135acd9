"""Clocks that are ahead or behind: does any program delete, restore or wait wrongly?"""
