import { parse } from 'yaml';

export const read = (text: string) => parse(text);
