const headers = {
  accept: 'application/json',
  authorization: 'token ghp_16C7e42F292c6912E7710c838347Ae178B4a', // expect: hard-coded-secret
};
fetch('https://api.github.com/user', { headers });
