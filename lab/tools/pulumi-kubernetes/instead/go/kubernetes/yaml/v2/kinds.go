// Package v2 makes the objects of YAML files and charts without the Go type of each kind, which no
// one reads in the provider and which takes longer to compile than all the rest.
package v2

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

type object struct {
	pulumi.CustomResourceState
}

// IsListKind tells whether a kind is a list of others.
func IsListKind(_, kind string) bool {
	return strings.HasSuffix(kind, "List")
}

// RegisterResource makes an object of any kind.
func RegisterResource(
	ctx *pulumi.Context, apiVersion, kind, name string, props pulumi.Input, opts ...pulumi.ResourceOption,
) (pulumi.CustomResource, error) {
	if !strings.Contains(apiVersion, "/") {
		apiVersion = "core/" + apiVersion
	}
	var made object
	err := ctx.RegisterResource("kubernetes:"+apiVersion+":"+kind, name, props, &made, opts...)
	if err != nil {
		return nil, err
	}
	return &made, nil
}
