router.get('/out', (ctx) => {
  ctx.redirect(ctx.query.url); // expect: open-redirect
});
