"""Causes for every alert, so that each one has fired for real."""
