"""Labels of a frame, read from what was drawn, and the proof that they hold."""
