"""Label Studio: its regions and its labelling configuration, to and from ours. No network in here."""
