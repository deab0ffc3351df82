"""The only place that speaks git. Knows nothing of stores."""
