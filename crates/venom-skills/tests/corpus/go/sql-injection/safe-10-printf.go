package shop

import "fmt"

func show(name string) string {
	return fmt.Sprintf("Select %s from the list", name)
}
