app.post('/login', (req, res) => {
  res.cookie('session', newSession(req), { httpOnly: false }); // expect: debug-mode
  res.end();
});
