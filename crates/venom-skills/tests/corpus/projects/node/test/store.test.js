'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { newDb } = require('pg-mem');

// The code asks for `pg`; the database behind it lives in memory.
require.cache[require.resolve('pg')] = { exports: newDb().adapters.createPg() };
const users = require('../src/users');
const { Orders } = require('../src/orders');

test('users are found, moved and removed', async () => {
  await users.create();
  assert.deepEqual(await users.byName('ann'), [{ id: 1, team: 'red' }]);
  assert.deepEqual(await users.byName('nobody'), []);
  assert.deepEqual(await users.byId(2), { name: 'bob' });
  assert.deepEqual(await users.byId('3'), { name: 'eve' });
  assert.equal(await users.byId(9), null);
  assert.deepEqual(await users.inTeam('red', 0), ['ann', 'eve']);
  assert.deepEqual(await users.inTeam('red', 1), ['eve']);
  assert.equal(await users.move(1, 'blue'), 1);
  assert.deepEqual(await users.inTeam('blue', 0), ['ann', 'bob']);
  assert.deepEqual(await users.named('b'), ['bob']);
  await users.remove('bob');
  assert.equal(await users.byId(2), null);
});

test('orders are kept for their owner', async () => {
  const orders = new Orders();
  await orders.open();
  await orders.add(1, 'ann', 30);
  await orders.add(2, 'bob', 40);
  await orders.add(3, 'ann', 50);
  assert.deepEqual(await orders.of('ann'), [{ id: 1, total: 30 }, { id: 3, total: 50 }]);
});
