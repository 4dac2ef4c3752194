import { Client } from 'pg';

export async function list(client: Client, column: string) {
  const text = `SELECT id, title FROM books ORDER BY ${column}`;
  return (await client.query(text)).rows; // expect: sql-injection
}
