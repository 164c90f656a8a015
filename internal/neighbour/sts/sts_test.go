package sts_test

import (
	"testing"

	api "ingot/api/sts"
	"ingot/internal/api/caller"
	"ingot/internal/neighbour/sts"
)

var _ api.Service = sts.New()

func TestGetCallerIdentity(t *testing.T) {
	ctx := caller.With(t.Context(), caller.Identity{Account: "000000000000", ARN: "arn:aws:iam::000000000000:user/root", UserID: "AIDA1"})
	out, err := sts.New().GetCallerIdentity(ctx, &api.GetCallerIdentityInput{})
	if err != nil || out.Account != "000000000000" || out.Arn != "arn:aws:iam::000000000000:user/root" || out.UserId != "AIDA1" {
		t.Errorf("the caller is %+v, %v", out, err)
	}
	if out, err := sts.New().GetCallerIdentity(t.Context(), &api.GetCallerIdentityInput{}); err == nil {
		t.Errorf("nobody is %+v", out)
	}
}
