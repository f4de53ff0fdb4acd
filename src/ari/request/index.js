'use strict';
/**
 * Stands in for the npm package `request`, which is unmaintained and has known CVEs. ari-client calls it
 * once, to see whether Asterisk answers at all before it loads the API's description; nothing else does.
 */
const http = require('node:http');
const https = require('node:https');

const LIMIT_MS = 10_000;

module.exports = function request(url, callback) {
  const client = url.startsWith('https:') ? https : http;
  client
    .get(url, { timeout: LIMIT_MS }, (response) =>
      response.resume().on('end', () => callback(null, response)),
    )
    .on('timeout', function () {
      this.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    })
    .on('error', callback);
};
