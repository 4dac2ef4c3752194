exports.sign = function (request) {
  request.nonce = Math.random().toString(36); // expect: insecure-random
  return request;
};
