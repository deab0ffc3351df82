"""The actions of `gitblob experiment`, each with its arguments and what it shows."""
