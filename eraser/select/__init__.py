"""Who of the people found goes."""
