"""Where blobs are shared. Knows nothing of git."""
