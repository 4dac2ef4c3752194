const _ = require('lodash');

app.post('/config', (req, res) => {
  _.merge(config, req.body); // expect: prototype-pollution
  res.end();
});
