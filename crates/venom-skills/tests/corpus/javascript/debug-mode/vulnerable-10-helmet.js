const helmet = require('helmet');

app.use(helmet({ contentSecurityPolicy: false })); // expect: debug-mode
