app.post('/login', (req, res) => {
  res.cookie('session', newSession(req), { httpOnly: true, secure: true, sameSite: 'lax' });
  res.end();
});
