const session = require('express-session');

app.use(session({
  secret: 'keyboard-cat-4711', // expect: hard-coded-secret
  resave: false,
}));
