package files

import (
	"archive/zip"
	"os"
	"path/filepath"
)

func unpack(reader *zip.ReadCloser, target string) {
	for _, file := range reader.File {
		path := filepath.Join(target, file.Name)
		out, _ := os.Create(path) // expect: path-traversal
		out.Close()
	}
}
