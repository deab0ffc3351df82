"""Is everything that pointers promise there and right? Looks at pointers, the cache and stores; mends what it can."""
