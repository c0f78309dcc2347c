"""One run inside Ultralytics."""
