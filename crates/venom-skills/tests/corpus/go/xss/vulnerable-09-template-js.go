package web

import "html/template"

func script(name string) template.JS {
	return template.JS("show('" + name + "')") // expect: xss
}
