package main

import (
	"log"
	"runtime/debug"
)

func fail() {
	log.Printf("panic: %s", debug.Stack())
}
