const KEYS = ['color', 'size'];

app.post('/settings', (req, res) => {
  const key = req.body.key;
  if (!KEYS.includes(key)) return res.sendStatus(400);
  settings.theme[key] = req.body.value;
  res.end();
});
