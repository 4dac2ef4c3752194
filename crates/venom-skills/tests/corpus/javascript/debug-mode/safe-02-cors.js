const cors = require('cors');

app.use(cors({ origin: 'https://shop.example.org', credentials: true }));
