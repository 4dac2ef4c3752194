import { readFile } from 'fs/promises';

export async function show(req: any, res: any) {
  const id = Number.parseInt(req.params.id, 10);
  res.json(JSON.parse(await readFile(`data/${id}.json`, 'utf8')));
}
