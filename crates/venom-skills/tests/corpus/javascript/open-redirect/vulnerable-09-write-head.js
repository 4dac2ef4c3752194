http.createServer((req, res) => {
  const { query } = url.parse(req.url, true);
  res.writeHead(302, { Location: query.to }); // expect: open-redirect
  res.end();
});
