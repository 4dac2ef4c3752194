'use strict';

const assert = require('node:assert');
const http = require('node:http');
const https = require('node:https');
const test = require('node:test');
const { parseHTML } = require('linkedom');

const { agent } = require('../src/agent');
const { fetchText } = require('../src/fetch');
const { greet } = require('../src/page');
const { app } = require('../src/server');
const { token } = require('../src/token');
const { cert, key } = require('./trust');

const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

test('a server of the house is reached with the agent', async () => {
  const server = https.createServer({ key, cert }, (_, response) => response.end('hello'));
  const port = await listening(server);
  try {
    const status = await new Promise((resolve, reject) => {
      https.get({ host: '127.0.0.1', port, agent: agent(cert) }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });
    assert.equal(status, 200);
  } finally {
    server.close();
  }
});

test('a text is fetched', async () => {
  const server = https.createServer({ key, cert }, (request, response) => response.end(request.method));
  const port = await listening(server);
  try {
    assert.deepEqual(await fetchText(`https://127.0.0.1:${port}/`, cert), { status: 200, text: 'GET' });
  } finally {
    server.close();
  }
});

test('a token has sixteen bytes and is never the same', () => {
  assert.match(token(), /^[0-9a-f]{32}$/);
  assert.notEqual(token(), token());
});

test('who signs in gets a cookie', async () => {
  const server = http.createServer(app);
  const port = await listening(server);
  try {
    for (const [place, text] of [['login', 'welcome'], ['remember', 'remembered']]) {
      const answer = await fetch(`http://127.0.0.1:${port}/${place}`);
      assert.equal(await answer.text(), text);
      assert.match(answer.headers.get('set-cookie'), /^session=[0-9a-f]{32};/);
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('the greeting is what the address says', () => {
  const { document } = parseHTML('<html><body><p id="greeting"></p></body></html>');
  assert.equal(greet(document, { hash: '#good%20morning' }).textContent, 'good morning');
});
