const md5 = require('md5');

function check(user, password) {
  return user.hash === md5(password); // expect: weak-hash
}
