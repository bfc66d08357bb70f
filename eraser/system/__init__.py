"""The machine under it: compiled loops, threads, processes, memory, folders."""
