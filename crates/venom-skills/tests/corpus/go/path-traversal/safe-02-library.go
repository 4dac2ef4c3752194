package files

import (
	"os"
	"path/filepath"
)

func load(folder string) ([]byte, error) {
	return os.ReadFile(filepath.Join(folder, "settings.toml"))
}
