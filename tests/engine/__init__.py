"""The phone's real engine, under Node and in Chromium, against a real server."""
