import { spawnSync } from 'node:child_process';

export function size(folder) {
  return spawnSync('sh', ['-c', `du -sh ${folder}`]).stdout; // expect: command-injection
}
