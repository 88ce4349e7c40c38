"""A town to try it on, and a simulator that drives real HTTP and sockets."""
