// Package caller carries the identity of a caller in a context. The signature check
// puts it there; everything behind reads it.
package caller

import "context"

// Identity is a caller, as its key and the scope of its signature say.
type Identity struct {
	Account   string // twelve digits
	Region    string // of the endpoint that was called
	ARN       string // of the user
	UserID    string
	AccessKey string
	RequestID string
}

type key struct{}

// With returns a context that carries the identity.
func With(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, key{}, id)
}

// From returns the identity, or a zero one outside a request.
func From(ctx context.Context) Identity {
	id, _ := ctx.Value(key{}).(Identity)
	return id
}
