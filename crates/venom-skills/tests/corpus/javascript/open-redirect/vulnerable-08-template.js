app.get('/sso', (req, res) => {
  res.redirect(`${req.query.host}/callback`); // expect: open-redirect
});
