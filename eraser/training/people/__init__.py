"""Training a network that finds people, on photos, cut-outs and backgrounds that are composed anew for every step."""
