const vm = require('vm');

exports.run = function (code) {
  return vm.runInNewContext(code, {}); // expect: command-injection
};
