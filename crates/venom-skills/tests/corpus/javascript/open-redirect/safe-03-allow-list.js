const TARGETS = ['/home', '/account'];

app.get('/login', (req, res) => {
  const next = req.query.next;
  if (!TARGETS.includes(next)) {
    return res.redirect('/home');
  }
  res.redirect(next);
});
