process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; // expect: disabled-tls-check

fetch('https://internal.example.org/');
