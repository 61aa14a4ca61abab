"""Single layers that a network is drawn of: torch.nn's own, which take their sizes from the layer before."""
