const _ = require('lodash');
const config = _.merge({}, require('./defaults'), require('./local'));
module.exports = config;
