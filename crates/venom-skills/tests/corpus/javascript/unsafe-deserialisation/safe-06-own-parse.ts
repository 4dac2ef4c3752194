import { deserialize } from './wire';

export const read = (buffer: Uint8Array) => deserialize(buffer);
