"""The ACME exchange, for TwinStar: market data only."""
