'use strict';
/**
 * Stands in for the npm package `request`, which is unmaintained and has known CVEs. ari-client calls it
 * once, to see whether Asterisk answers at all before it loads the API's description; nothing else does.
 */
const http = require('node:http');
const https = require('node:https');

const LIMIT_MS = 10_000;

/** The callback is called once, whatever the server does: ari-client waits for it without a limit. */
module.exports = function request(url, callback) {
  const client = url.startsWith('https:') ? https : http;
  let settled = false;
  const settle = (error, response) => {
    clearTimeout(limit);
    if (!settled) callback(error, response);
    settled = true;
  };
  const request = client
    .get(url, (response) => {
      response
        .resume()
        .on('end', () => settle(null, response))
        .on('error', settle);
    })
    .on('error', settle);
  const limit = setTimeout(() => {
    request.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
  }, LIMIT_MS);
};
