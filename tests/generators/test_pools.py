from __future__ import annotations

import random

import numpy as np

from seedbed.generators.pools import Pool


def test_a_text_does_not_depend_on_what_was_made_before():
    forward, backward = Pool(3, "fr_CA", "name"), Pool(3, "fr_CA", "name")
    entries = np.arange(20)
    assert forward.texts(entries) == backward.texts(entries[::-1])[::-1]
    assert forward.texts(entries[5:6]) == forward.texts(entries)[5:6]


def test_seed_locale_and_provider_matter():
    entries = np.arange(10)
    pools = [Pool(3, "fr_CA", "name"), Pool(4, "fr_CA", "name"), Pool(3, "de_DE", "name"), Pool(3, "fr_CA", "city")]
    found = [tuple(pool.texts(entries)) for pool in pools]
    assert len(set(found)) == 4


def test_the_random_module_is_left_alone():
    random.seed(1)
    before = random.getstate()
    Pool(3, "en_US", "name").texts(np.arange(5))
    assert random.getstate() == before
