config.dbPassword = 'c0rrecthorse'; // expect: hard-coded-secret
config.dbHost = 'localhost';
