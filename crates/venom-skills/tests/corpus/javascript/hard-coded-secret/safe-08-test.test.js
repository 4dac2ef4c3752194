const { login } = require('./login');

test('logs in', async () => {
  const password = 'made-up-for-test-1';
  expect(await login('ann', password)).toBe(true);
});
