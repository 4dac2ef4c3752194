app.post('/login', (req, res) => {
  res.cookie('session', newSession(req), { httpOnly: true }); // expect: debug-mode
  res.end();
});
