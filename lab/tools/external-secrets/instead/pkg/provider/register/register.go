// Package register brings in the provider that the lab uses, and no other cloud's.
package register

import (
	_ "github.com/external-secrets/external-secrets/pkg/provider/onepassword"
)
