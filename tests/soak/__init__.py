"""Long lives of real engines, with the same oracle as the suite's short ones: `make soak`."""
