const User = require('./models/user');

exports.find = (name) => User.find({ name: name }).exec();
