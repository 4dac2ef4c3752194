app.get('/hello', (req, res) => {
  res.json({ hello: req.query.name });
});
