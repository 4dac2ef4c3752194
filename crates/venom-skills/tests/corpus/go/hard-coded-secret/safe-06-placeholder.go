package config

var example = Options{Password: "changeme", APIKey: "<your api key>"}
