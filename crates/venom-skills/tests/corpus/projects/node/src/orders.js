'use strict';

const { Client } = require('pg');

class Orders {
  constructor() {
    this.client = new Client();
  }

  async open() {
    await this.client.connect();
    await this.client.query('CREATE TABLE orders (id integer, owner text, total integer)');
  }

  add(id, owner, total) {
    return this.client.query(`INSERT INTO orders (id, owner, total) VALUES (${id}, '${owner}', ${total})`);
  }

  async of(owner) {
    const { rows } = await this.client.query("SELECT id, total FROM orders WHERE owner = '" + owner + "' ORDER BY id");
    return rows;
  }
}

exports.Orders = Orders;
