app.get('/user', (req, res) => {
  res.redirect('/users/' + encodeURIComponent(req.query.id));
});
