const password = process.env.DB_PASSWORD;
connect('admin', password);
