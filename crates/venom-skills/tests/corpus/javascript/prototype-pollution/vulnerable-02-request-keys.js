app.post('/settings', (req, res) => {
  settings[req.body.section][req.body.key] = req.body.value; // expect: prototype-pollution
  res.end();
});
