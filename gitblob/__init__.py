"""gitblob: large files through plain Git."""

__version__ = "0.1.0"
