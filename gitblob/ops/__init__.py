"""One verb per module: typed arguments in, values out, no printing."""
