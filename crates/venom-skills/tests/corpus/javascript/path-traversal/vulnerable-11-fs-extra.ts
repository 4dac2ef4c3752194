import * as fse from 'fs-extra';

export async function move(req: any, res: any) {
  await fse.move(req.body.from, '/srv/archive/done'); // expect: path-traversal
  res.end();
}
