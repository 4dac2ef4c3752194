const serialize = require('node-serialize');

app.get('/', (req, res) => {
  const profile = serialize.unserialize(req.cookies.profile); // expect: unsafe-deserialisation
  res.send(profile.name);
});
