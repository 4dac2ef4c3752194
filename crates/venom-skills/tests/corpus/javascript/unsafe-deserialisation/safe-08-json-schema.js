const yaml = require('js-yaml');

exports.read = (text) => yaml.load(text, { schema: yaml.JSON_SCHEMA });
