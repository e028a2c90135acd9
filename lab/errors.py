"""The one error that the lab's commands turn into a message without a traceback."""


class LabError(Exception):
    """Something the user can understand and act on; the text says what."""
