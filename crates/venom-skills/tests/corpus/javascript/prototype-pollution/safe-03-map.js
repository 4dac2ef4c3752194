const settings = new Map();

app.post('/settings', (req, res) => {
  settings.set(req.body.key, req.body.value);
  res.end();
});
