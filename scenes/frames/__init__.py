"""One frame of a world: its surfaces, light, camera and sensor."""
