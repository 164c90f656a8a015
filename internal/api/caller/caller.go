// Package caller says who makes a request. The signature check puts the identity
// into the context; everything behind it reads it there.
package caller

import "context"

// Identity is a caller, as its key and its signature's scope say.
type Identity struct {
	Account   string // twelve digits
	Region    string // of the endpoint that was called
	ARN       string // of the user
	UserID    string
	AccessKey string
	RequestID string
}

type key struct{}

// With gives a context that carries the identity.
func With(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, key{}, id)
}

// From gives the identity, or a zero one outside of a request.
func From(ctx context.Context) Identity {
	id, _ := ctx.Value(key{}).(Identity)
	return id
}
