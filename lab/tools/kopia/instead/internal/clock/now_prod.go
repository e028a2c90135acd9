//go:build !testing

// Package clock is kopia's own, but for a clock that can be wrong: Go asks the kernel for the time
// without libc, so that libfaketime does not reach it.
package clock

import (
	"os"
	"strconv"
	"time"
)

// Seconds, written with their sign, in the variable that libfaketime reads as well.
var ahead, _ = strconv.ParseInt(os.Getenv("FAKETIME"), 10, 64)

// Now is the time by a clock that is ahead or behind.
func Now() time.Time {
	return discardMonotonicTime(time.Now().Add(time.Duration(ahead) * time.Second))
}
