// Package register brings in no generator: the lab uses none.
package register
