import { Pool } from 'pg';

export function byId(pool: Pool, id: number) {
  return pool.query(`SELECT * FROM users WHERE id = ${id}`);
}
