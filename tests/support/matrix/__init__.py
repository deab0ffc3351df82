"""The matrix: Git's commands times settings, each run with gitblob and, as the oracle, by plain Git on raw files.

A *scenario* is a function of a `World`: it prepares with `at.setup` and acts with `at.git`. It is run twice, in two
repositories with the same history: one with gitblob, one where Git knows no filter and keeps the files themselves.
Whatever can be seen afterwards must be the same in both: exit codes, `git status`, files, index, commits, refs.
"""
