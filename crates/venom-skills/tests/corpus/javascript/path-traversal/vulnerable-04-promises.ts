import { promises as fs } from 'fs';
import type { Request, Response } from 'express';

export async function show(req: Request, res: Response) {
  const text = await fs.readFile('notes/' + req.params.id, 'utf8'); // expect: path-traversal
  res.type('text/plain').send(text);
}
