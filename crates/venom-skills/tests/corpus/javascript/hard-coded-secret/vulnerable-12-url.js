const { MongoClient } = require('mongodb');
const client = new MongoClient('mongodb://admin:s3cr3tPw99@db.internal:27017/shop'); // expect: hard-coded-secret
