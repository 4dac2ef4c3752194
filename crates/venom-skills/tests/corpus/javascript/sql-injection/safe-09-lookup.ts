const ORDER = { newest: 'created_at DESC', oldest: 'created_at ASC' } as const;

export function list(db: Db, order: keyof typeof ORDER) {
  return db.query('SELECT * FROM posts ORDER BY ' + ORDER[order]);
}
