package config

const password = "h4rd-t0-gu3ss!" // expect: hard-coded-secret
