app.get('/plugin/:name', (req, res) => {
  const plugin = require('./plugins/' + req.params.name); // expect: path-traversal
  res.json(plugin.info);
});
