import { createHash } from 'crypto';

export function hash(password: string) {
  const salt = String(Math.random()); // expect: insecure-random
  return salt + createHash('sha256').update(salt + password).digest('hex');
}
