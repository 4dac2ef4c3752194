router.get('/error', async (ctx) => {
  ctx.type = 'html';
  ctx.body = `<p>No page at ${ctx.query.path}</p>`; // expect: xss
});
