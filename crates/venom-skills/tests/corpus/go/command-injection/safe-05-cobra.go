package tools

import "github.com/spf13/cobra"

func command(name string) *cobra.Command {
	return &cobra.Command{Use: name, Short: "run " + name}
}
