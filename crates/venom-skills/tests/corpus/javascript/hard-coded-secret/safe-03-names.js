const PASSWORD_FIELD = 'password';
const TOKEN_HEADER = 'x-auth-token';
const passwordInput = document.querySelector('#password');
