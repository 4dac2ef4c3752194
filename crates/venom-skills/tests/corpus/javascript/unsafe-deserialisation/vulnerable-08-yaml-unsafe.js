import yaml from 'js-yaml';
import unsafe from 'js-yaml-js-types';

const schema = yaml.DEFAULT_SCHEMA.extend(unsafe.all);
export const parse = (text) => yaml.load(text, { schema }); // expect: unsafe-deserialisation
