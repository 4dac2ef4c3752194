module.exports = {
  host: 'db.internal',
  user: 'shop',
  password: 'Tr0ub4dor&3', // expect: hard-coded-secret
};
