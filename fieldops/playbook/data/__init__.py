"""What is shipped: types and cards as written, and the script that turns their letters traditional."""
