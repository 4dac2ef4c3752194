const url = require('url');

module.exports = (req, res) => {
  const { query } = url.parse(req.url, true);
  state[query.group][query.name] = query.value; // expect: prototype-pollution
  res.end();
};
