const cors = require('cors');
const api = require('./public-api');

api.use(cors());
