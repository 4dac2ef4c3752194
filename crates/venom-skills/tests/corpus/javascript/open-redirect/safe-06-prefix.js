app.get('/docs', (req, res) => {
  res.redirect(`https://docs.example.org/${req.query.page}`);
});
