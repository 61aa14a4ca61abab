"""Plain PyTorch networks and losses that compiled graphs import; only workers load them."""
