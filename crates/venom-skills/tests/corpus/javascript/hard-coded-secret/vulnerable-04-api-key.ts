export const API_KEY = 'b7f3c1e29a5d4f6e8c0b1a2d3e4f5a6b'; // expect: hard-coded-secret
