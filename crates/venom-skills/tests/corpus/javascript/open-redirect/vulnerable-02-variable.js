router.post('/logout', (req, res) => {
  const target = req.body.returnTo || '/';
  req.session.destroy();
  res.redirect(target); // expect: open-redirect
});
