import { createCipheriv } from 'crypto';

export const stream = (key: Buffer) => createCipheriv('rc4', key, ''); // expect: weak-hash
