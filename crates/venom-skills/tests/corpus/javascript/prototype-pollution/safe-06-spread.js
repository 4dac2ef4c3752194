app.post('/theme', (req, res) => {
  const theme = { ...defaults, ...req.body };
  res.json(theme);
});
