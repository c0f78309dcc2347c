"""Scenes of sequences small enough to render many times."""

STREET = """\
seedbed: scene/1
name: traffic
seed: 4
image: {size: [128, 96], format: png}
world: {layout: street, empty: 0, street: {length: [90, 100], crossings: [1, 2], roadworks: 0.5}}
objects:
  - {class: car, shape: car, count: [8, 12]}
  - {class: person, shape: person, count: [5, 7]}
  - {class: house, shape: house, count: [4, 6]}
  - {shape: lamp, count: [3, 5]}
sequence:
  frames: 40
  fps: 10
  actors:
    - {of: car, on: lanes, speed: [6, 14]}
    - {of: person, on: sidewalks, speed: [0.8, 1.7]}
splits: {train: 0.6, val: 0.2, test: 0.2}
"""

BELT = """\
seedbed: scene/1
name: belt
seed: 4
image: {size: [96, 80], format: png}
world: {size: 2, empty: 0}
objects:
  - {class: box, shape: box, size: [0.15, 0.3], count: [3, 5]}
  - {class: ball, shape: ball, size: [0.1, 0.2], count: [1, 2]}
  - {shape: clutter, count: [2, 4]}
sensor: {noise: [0, 0.02], exposure: [-0.5, 0.5], jpeg: [60, 95]}
sequence: {frames: 6, fps: 5, actors: [{of: box, on: belt, speed: [0.2, 0.6]}]}
splits: {train: 0.6, val: 0.2, test: 0.2}
"""

DROPPING = """\
seedbed: scene/1
name: fall
seed: 9
image: {size: [96, 80], format: png}
world: {size: 1, empty: 0}
camera: {orbit: {distance: [1, 1.5]}}
objects:
  - {class: die, shape: die, count: [2, 3]}
  - {class: box, shape: box, size: [0.1, 0.2], count: [2, 4]}
sequence: {frames: 7, fps: 12, start: dropping, height: [0.4, 0.4], camera: {move: path, speed: [0.3, 0.6]}}
splits: {train: 0.6, val: 0.2, test: 0.2}
"""
