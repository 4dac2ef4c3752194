const form = { user: '', password: '', token: null };
module.exports = form;
