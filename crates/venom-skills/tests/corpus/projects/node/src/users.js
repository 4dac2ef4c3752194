'use strict';

const { Pool } = require('pg');

const pool = new Pool();

exports.create = async () => {
  await pool.query('CREATE TABLE users (id integer, name text, team text)');
  await pool.query("INSERT INTO users VALUES (1, 'ann', 'red'), (2, 'bob', 'blue'), (3, 'eve', 'red')");
};

exports.byName = async (name) => {
  const found = await pool.query(`SELECT id, team FROM users WHERE name = '${name}'`);
  return found.rows;
};

exports.byId = async (id) => {
  const found = await pool.query('SELECT name FROM users WHERE id = ' + id);
  return found.rows[0] || null;
};

exports.inTeam = async (team, above) => {
  const found = await pool.query(
    `SELECT name FROM users WHERE team = '${team}' AND id > ${above} ORDER BY id`,
  );
  return found.rows.map((row) => row.name);
};

exports.move = async (id, team) => {
  const done = await pool.query(`UPDATE users SET team = '${team}' WHERE id = ${id}`);
  return done.rowCount;
};

exports.remove = (name) => pool.query("DELETE FROM users WHERE name = '" + name + "'");

exports.named = async (part) => {
  const found = await pool.query(`SELECT name FROM users WHERE name LIKE '%${part}%' ORDER BY id`);
  return found.rows.map((row) => row.name);
};
