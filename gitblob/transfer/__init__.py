"""Moving blobs between the cache and stores."""
