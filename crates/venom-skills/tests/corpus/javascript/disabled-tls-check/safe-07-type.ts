interface Options {
  rejectUnauthorized: false | true;
  strictSSL?: boolean;
}
export type { Options };
