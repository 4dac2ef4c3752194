const fs = require('fs');

module.exports.load = function load(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
};
