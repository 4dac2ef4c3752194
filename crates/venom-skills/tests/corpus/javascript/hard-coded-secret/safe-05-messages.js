const messages = {
  password: 'Enter your password',
  passwordError: 'The password is too short',
  token: 'Token',
};
module.exports = messages;
