package main

import (
	"os"
	"runtime/pprof"
)

func profile(file *os.File) error {
	return pprof.StartCPUProfile(file)
}
