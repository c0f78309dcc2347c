"""What lies where in a world: layouts, arrangement, physics."""
