import crypto from 'crypto';

export function mac(key, message) {
  return crypto.createHmac('md5', key).update(message).digest('hex'); // expect: weak-hash
}
