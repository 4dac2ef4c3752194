app.get('/go', (req, res) => {
  const target = new URL(req.query.url);
  if (target.host !== 'example.org') {
    return res.sendStatus(400);
  }
  res.redirect(target.href);
});
