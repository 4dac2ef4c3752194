package web

import (
	"os"
	"text/template"
)

func report(name string) error {
	return template.Must(template.New("r").Parse("Report for {{.}}\n")).Execute(os.Stdout, name)
}
