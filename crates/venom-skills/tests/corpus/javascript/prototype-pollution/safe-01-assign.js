app.post('/config', (req, res) => {
  const settings = Object.assign({}, defaults, req.body);
  res.json(settings);
});
