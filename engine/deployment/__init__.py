"""Where artifacts run: targets, releases, predictions from a release."""
