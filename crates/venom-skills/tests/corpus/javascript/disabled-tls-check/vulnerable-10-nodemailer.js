const nodemailer = require('nodemailer');

const transport = nodemailer.createTransport({
  host: 'smtp.example.org',
  tls: {
    rejectUnauthorized: false, // expect: disabled-tls-check
  },
});
