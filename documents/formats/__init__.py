"""What comes in: one pure file per format, recognised by content, not by name."""


class Unreadable(ValueError):
    """The file cannot be taken; the text is a sentence for people that says what to do."""
