"""What the stranger tests, he tests where his package is installed: see `test_third_party`."""

collect_ignore = ["twinstar_acme"]
