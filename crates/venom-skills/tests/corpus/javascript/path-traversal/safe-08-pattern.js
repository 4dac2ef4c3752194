const fs = require('fs');

app.get('/doc/:slug', (req, res) => {
  const { slug } = req.params;
  if (!/^[a-z0-9-]+$/.test(slug)) return res.sendStatus(404);
  fs.createReadStream(`docs/${slug}.md`).pipe(res);
});
