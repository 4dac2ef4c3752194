import { randomUUID } from 'crypto';
export const sessionId = () => randomUUID();
