"""What must happen later, surely; knows kinds and handlers by name only."""
