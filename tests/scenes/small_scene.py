"""A scene small enough to render many times."""

SMALL = """\
seedbed: scene/1
name: small
seed: 5
image: {size: [96, 80], format: png}
camera: {fov: [50, 60], orbit: {distance: [0.8, 2.0], elevation: [15, 50]}, views: 3}
world: {size: 2, empty: 0.2}
objects:
  - {class: cone, shape: cone, height: [0.28, 0.36], color: {hue: [28, 50]}, count: [0, 2]}
  - {class: cube, shape: pillow, size: [0.2, 0.26], color: {hue: [225, 265]}, count: [0, 2]}
  - {shape: clutter, count: [0, 3]}
sensor: {motion_blur: [0, 6], noise: [0, 0.03], exposure: [-0.5, 0.5], jpeg: [50, 95]}
labels: {min_pixels: 8}
splits: {train: 0.6, val: 0.2, test: 0.2}
"""
