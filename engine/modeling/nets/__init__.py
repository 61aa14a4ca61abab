"""Plain PyTorch networks and losses that compiled graphs import; only workers load them."""

IGNORED = 255  # the class of pixels that are neither learnt nor measured
