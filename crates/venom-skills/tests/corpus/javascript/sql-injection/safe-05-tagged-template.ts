import postgres from 'postgres';
const sql = postgres();

export const find = (name: string) => sql`SELECT * FROM users WHERE name = ${name}`;
