app.get('/login', (req, res) => {
  res.redirect(req.query.next); // expect: open-redirect
});
