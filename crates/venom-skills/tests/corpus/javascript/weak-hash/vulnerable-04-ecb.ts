import * as crypto from 'crypto';

export function seal(data: Buffer, key: Buffer): Buffer {
  const cipher = crypto.createCipheriv('aes-128-ecb', key, null); // expect: weak-hash
  return Buffer.concat([cipher.update(data), cipher.final()]);
}
