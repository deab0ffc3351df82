"""The actions of `gitblob version`, a module each: `add_arguments` and `run`, as in a command's module."""
