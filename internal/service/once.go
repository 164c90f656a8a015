package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"ingot"
	"ingot/internal/store"
)

// once runs a request with a client token in one transaction. If it is repeated with
// the same parameters it returns the first answer again; with others it is refused. A
// request that fails frees its token.
func once[Out any](ctx context.Context, s *Service, operation, token string, in any, f func(*request, *store.Tx) (*Out, error)) (*Out, error) {
	out := new(Out)
	err := s.update(ctx, func(r *request, tx *store.Tx) error {
		t, earlier, err := r.takeToken(operation, token, in)
		if err != nil {
			return err
		}
		if earlier != "" {
			return json.Unmarshal([]byte(earlier), out)
		}
		if out, err = f(r, tx); err != nil || token == "" {
			return err
		}
		answer, err := json.Marshal(out)
		if err != nil {
			return err
		}
		t.Answer = string(answer)
		return store.AnswerToken(ctx, tx, t)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// takeToken takes the client token, or returns the answer of the request that took it
// before.
func (r *request) takeToken(operation, token string, in any) (t store.Token, earlier string, err error) {
	if token == "" {
		return t, "", nil
	}
	print, err := fingerprint(in)
	if err != nil {
		return t, "", err
	}
	now := time.Now()
	if err := store.ForgetTokens(r.ctx, r.q, r.Account, r.Region, now); err != nil {
		return t, "", err
	}
	t = store.Token{Account: r.Account, Region: r.Region, Operation: operation, Token: token, Request: print}
	before, taken, err := store.TakeToken(r.ctx, r.q, t, now)
	if err != nil || taken {
		return t, "", err
	}
	if before.Request != print {
		return t, "", ingot.Errorf(ingot.IdempotentMismatch, "The client token '%s' was used before with other parameters; use a new one for each request.", token)
	}
	return t, before.Answer, nil
}

// fingerprint hashes a request without its client token and dryRun. Absent and null
// members are the same; the order of members does not matter.
func fingerprint(in any) (string, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return "", err
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		return "", fmt.Errorf("hashing a request: %w", err)
	}
	delete(members, "clientToken")
	delete(members, "dryRun")
	if text, err = json.Marshal(members); err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// dry ends a request with dryRun.
func dry(dryRun *bool) error {
	if given(dryRun, false) {
		return ingot.Errorf(ingot.DryRun, "The request is valid; nothing was done because dryRun is true.")
	}
	return nil
}
