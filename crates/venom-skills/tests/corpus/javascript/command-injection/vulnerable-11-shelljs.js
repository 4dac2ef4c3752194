const shell = require('shelljs');

module.exports = (repository) => shell.exec('git clone ' + repository); // expect: command-injection
