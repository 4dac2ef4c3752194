router.get('/report', (req, res) => {
  const name = req.query.name;
  res.download('/srv/reports/' + name); // expect: path-traversal
});
