const PAGES = { a: 'https://a.example.org', b: 'https://b.example.org' };

app.get('/out', (req, res) => {
  res.redirect(PAGES[req.query.page] || '/');
});
