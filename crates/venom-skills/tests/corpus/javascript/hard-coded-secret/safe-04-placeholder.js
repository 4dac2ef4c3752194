const config = { apiKey: '<your api key>', password: 'changeme', secret: 'xxxxxxxx' };
module.exports = config;
