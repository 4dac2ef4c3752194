package client

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

func dial(address string, creds credentials.TransportCredentials) (*grpc.ClientConn, error) {
	return grpc.Dial(address, grpc.WithTransportCredentials(creds))
}
