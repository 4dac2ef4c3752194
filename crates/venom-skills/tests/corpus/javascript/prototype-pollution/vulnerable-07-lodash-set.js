const _ = require('lodash');

app.put('/item', (req, res) => {
  _.set(store, req.body.path, req.body.value); // expect: prototype-pollution
  res.end();
});
