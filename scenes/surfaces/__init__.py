"""Colours, textures and pictures that things, floors and walls wear."""
