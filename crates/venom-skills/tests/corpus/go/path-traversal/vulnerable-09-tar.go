package files

import (
	"archive/tar"
	"os"
)

func untar(reader *tar.Reader, target string) {
	header, _ := reader.Next()
	out, _ := os.OpenFile(target+"/"+header.Name, os.O_CREATE, 0o644) // expect: path-traversal
	out.Close()
}
