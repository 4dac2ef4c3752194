module.exports = (req, res) => {
  res.setHeader('Location', req.query.to); // expect: open-redirect
  res.statusCode = 302;
  res.end();
};
