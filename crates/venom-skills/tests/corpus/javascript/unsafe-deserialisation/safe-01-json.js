app.get('/', (req, res) => {
  const profile = JSON.parse(req.cookies.profile);
  res.json(profile.name);
});
