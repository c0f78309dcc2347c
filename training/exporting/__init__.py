"""A trained model in the form a device runs, checked against the one it came from."""
