import { createHash } from 'crypto';

export function cacheKey(url: string): string {
  return createHash('sha1').update(url).digest('hex');
}
