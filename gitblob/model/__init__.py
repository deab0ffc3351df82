"""Pure values: oids, pointers, the plain layout."""
