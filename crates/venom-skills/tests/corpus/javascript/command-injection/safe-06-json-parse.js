app.post('/data', (req, res) => {
  const data = JSON.parse(req.body.text);
  res.json(data);
});
