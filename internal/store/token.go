package store

import (
	"context"
	"time"
)

// Token is a client token: a request that was accepted, and its answer.
type Token struct {
	Account, Region string
	Operation       string
	Token           string
	Request         string // hash of the request without its token
	Answer          string // JSON
}

// tokenLife is how long a repeated request gets its first answer.
const tokenLife = 24 * time.Hour

// TakeToken takes a token for the transaction q, before q writes anything else: of two
// transactions with one token the second waits for the first. If the token was used,
// taken is false and earlier is what was accepted then. A rollback frees the token.
func TakeToken(ctx context.Context, q Querier, t Token, now time.Time) (earlier Token, taken bool, err error) {
	n, err := q.Exec(ctx, `INSERT INTO tokens (account, region, operation, token, request, answer, created)
		VALUES ($1,$2,$3,$4,$5,'',$6)
		ON CONFLICT (account, region, operation, token) DO UPDATE
		SET request = excluded.request, answer = '', created = excluded.created WHERE tokens.created < $7`,
		t.Account, t.Region, t.Operation, t.Token, t.Request, Timestamp(now), Timestamp(now.Add(-tokenLife)))
	if err != nil || n > 0 {
		return Token{}, err == nil, err
	}
	earlier = t
	err = q.QueryRow(ctx, `SELECT request, answer FROM tokens WHERE account = $1 AND region = $2 AND operation = $3 AND token = $4`,
		t.Account, t.Region, t.Operation, t.Token).Scan(&earlier.Request, &earlier.Answer)
	return earlier, false, oneErrNoRows(err)
}

// AnswerToken records the answer to the request that took a token.
func AnswerToken(ctx context.Context, q Querier, t Token) error {
	_, err := q.Exec(ctx, `UPDATE tokens SET answer = $5 WHERE account = $1 AND region = $2 AND operation = $3 AND token = $4`,
		t.Account, t.Region, t.Operation, t.Token, t.Answer)
	return err
}

// ForgetTokens removes the expired tokens of an account and region.
func ForgetTokens(ctx context.Context, q Querier, account, region string, now time.Time) error {
	_, err := q.Exec(ctx, `DELETE FROM tokens WHERE account = $1 AND region = $2 AND created < $3`,
		account, region, Timestamp(now.Add(-tokenLife)))
	return err
}
