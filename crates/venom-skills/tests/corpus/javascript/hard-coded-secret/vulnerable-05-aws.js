const client = new S3Client({
  credentials: {
    accessKeyId: 'AKIAQWERTYUIOPASDFGH', // expect: hard-coded-secret
    secretAccessKey: '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', // expect: hard-coded-secret
  },
});
