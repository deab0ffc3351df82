"""Versions of data sets and model components, params, metrics and experiments, all bound to commits."""
