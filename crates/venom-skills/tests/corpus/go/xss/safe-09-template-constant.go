package web

import "html/template"

const icon = "<svg></svg>"

func svg() template.HTML {
	return template.HTML(icon)
}
