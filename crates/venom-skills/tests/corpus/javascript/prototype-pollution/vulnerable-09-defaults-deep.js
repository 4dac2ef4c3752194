const { defaultsDeep } = require('lodash');

app.post('/theme', (req, res) => {
  defaultsDeep(theme, req.body); // expect: prototype-pollution
  res.end();
});
