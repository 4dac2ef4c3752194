const { exec } = require('child_process');
const FOLDER = '/var/data';
const FILE = FOLDER + '/dump.sql';

exec(`gzip ${FILE}`);
