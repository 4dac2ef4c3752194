export const resetPasswordUrl = '/account/reset-password';
export const tokenEndpoint = 'https://login.example.org/oauth/token';
