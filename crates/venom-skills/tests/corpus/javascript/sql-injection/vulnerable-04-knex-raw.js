import knex from './knex.js';

export async function search(term) {
  return knex.raw(`select * from products where title like '%${term}%'`); // expect: sql-injection
}
