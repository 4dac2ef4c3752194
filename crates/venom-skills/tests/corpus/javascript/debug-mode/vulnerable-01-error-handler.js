const errorhandler = require('errorhandler');

app.use(errorhandler()); // expect: debug-mode
