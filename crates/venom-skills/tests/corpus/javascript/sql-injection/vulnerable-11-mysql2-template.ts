import mysql from 'mysql2/promise';

export async function balance(pool: mysql.Pool, account: string) {
  const [rows] = await pool.query(`SELECT balance FROM accounts WHERE id = ${account}`); // expect: sql-injection
  return rows;
}
