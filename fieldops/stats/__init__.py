"""Daily numbers and exports, stored with revision and hash; changes nothing it counts."""
