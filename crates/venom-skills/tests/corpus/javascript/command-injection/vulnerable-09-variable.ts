import { exec } from 'child_process';
import { promisify } from 'util';

const run = promisify(exec);

export async function archive(name: string): Promise<void> {
  const command = 'tar czf backup.tgz ' + name;
  await run(command); // expect: command-injection
}
