const fs = require('fs/promises');

router.get('/doc', async (ctx) => {
  ctx.body = await fs.readFile('docs/' + ctx.query.name); // expect: path-traversal
});
