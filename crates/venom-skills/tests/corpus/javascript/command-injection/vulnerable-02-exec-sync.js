const cp = require('node:child_process');

module.exports.log = (branch) => cp.execSync('git log ' + branch).toString(); // expect: command-injection
