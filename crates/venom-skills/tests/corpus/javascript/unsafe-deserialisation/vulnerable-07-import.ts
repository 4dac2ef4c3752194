import { unserialize } from 'node-serialize';

export function session(cookie: string): unknown {
  return unserialize(Buffer.from(cookie, 'base64').toString()); // expect: unsafe-deserialisation
}
