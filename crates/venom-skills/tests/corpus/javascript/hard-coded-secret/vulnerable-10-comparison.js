function isAdmin(req) {
  return req.body.password === 'letmein-please-42'; // expect: hard-coded-secret
}
