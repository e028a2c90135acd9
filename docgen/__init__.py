"""What scripts/golden writes: goldens, generated pages and tables."""
