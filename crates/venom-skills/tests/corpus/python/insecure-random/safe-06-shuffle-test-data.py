import random

import pytest


@pytest.fixture
def shuffled_orders(orders):
    random.seed(20)
    rows = list(orders)
    random.shuffle(rows)
    return rows


def test_sorting(shuffled_orders):
    assert sorted(shuffled_orders, key=lambda o: o.id)[0].id == 1
