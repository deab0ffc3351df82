"""Experiments: a commit that holds a new `experiment.yaml` is a run; nothing else is kept anywhere."""
