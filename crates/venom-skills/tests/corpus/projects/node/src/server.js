'use strict';

const express = require('express');
const { token } = require('./token');

const app = express();

app.get('/login', (req, res) => {
  res.cookie('session', token(), { httpOnly: false, sameSite: 'lax' });
  res.send('welcome');
});

app.get('/remember', (req, res) => {
  res.cookie('session', token(), {
    maxAge: 1000,
    httpOnly: false,
  });
  res.send('remembered');
});

exports.app = app;
