const helmet = require('helmet');
app.use(helmet());
