import { unlink } from 'node:fs/promises';

export async function remove(req, res) {
  const { name } = req.body;
  await unlink(`data/${name}`); // expect: path-traversal
  res.end();
}
