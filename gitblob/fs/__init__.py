"""`gitblob://` for pandas, Arrow, DuckDB, Dask and whatever else knows fsspec (`gitblob help fsspec`)."""
