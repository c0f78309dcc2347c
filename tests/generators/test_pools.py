from __future__ import annotations

import pickle
import random

import numpy as np
import pytest
from faker import Faker

from seedbed.core import keys
from seedbed.generators.blocks import TableMaker
from seedbed.generators.pools import BATCH, Pool, PoolMaker
from seedbed.rules.fakers import gives_text, providers


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


def test_the_whole_pool_says_the_same_as_batches_made_when_met():
    block = TableMaker("t", 50_000).block(100, 5000)
    few, many = (PoolMaker(9, Pool(3, "en_US", "city"), many).make(block) for many in (False, True))
    assert not few.words.fixed
    assert many.words.fixed
    assert len(set(many.words.texts.to_pylist())) == len(many.words)
    spelled = [[values.words.texts[int(code)].as_py() for code in values.data] for values in (few, many)]
    assert spelled[0] == spelled[1]


def test_small_tables_ask_faker_for_little():
    pool = Pool(3, "en_US", "name")
    PoolMaker(9, pool).make(TableMaker("t", 10).block(0, 10))
    assert len(pool._batches) <= 10


def test_a_pool_travels_without_its_faker():
    pool = Pool(3, "en_US", "name")
    texts = pool.texts(np.arange(3))
    assert len(pickle.dumps(pool)) < 500
    assert pickle.loads(pickle.dumps(pool)).texts(np.arange(3)) == texts


def test_workers_are_given_the_whole_pool():
    maker = pickle.loads(pickle.dumps(PoolMaker(9, Pool(3, "en_US", "city"), many=True)))
    assert "whole" in maker.pool.__dict__
    assert "_faker" not in maker.pool.__dict__
    assert "whole" not in pickle.loads(pickle.dumps(PoolMaker(9, Pool(3, "en_US", "city")))).pool.__dict__


@pytest.mark.parametrize("locale", ["en_US", "fr_CA", "ja_JP"])
def test_texts_are_fakers_own(locale):
    """Every provider a book may name, in spite of the short ways."""
    for provider in sorted(providers(locale)):
        if gives_text(locale, provider):
            fake = Faker(locale, use_weighting=False)
            fake.seed_instance(keys.key(3, "faker", locale, provider, 5))
            assert Pool(3, locale, provider).batch(5) == [str(getattr(fake, provider)()) for _ in range(BATCH)]
