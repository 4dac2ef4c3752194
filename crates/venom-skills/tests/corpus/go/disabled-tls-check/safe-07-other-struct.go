package client

type options struct{ InsecureSkipVerify bool }

func (o options) isInsecure() bool {
	return o.InsecureSkipVerify == true
}
