"""The phone app shell."""

urlpatterns: list = []
