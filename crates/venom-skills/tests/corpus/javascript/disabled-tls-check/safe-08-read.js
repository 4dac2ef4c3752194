if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
  throw new Error('certificates have to be checked');
}
