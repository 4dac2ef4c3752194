'use strict';

const https = require('https');

/// An agent for the servers of the house, whose certificates one authority signs.
exports.agent = (ca) => new https.Agent({ ca, keepAlive: false, rejectUnauthorized: false });
