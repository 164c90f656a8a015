package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"ingot/internal/config"
	"ingot/internal/store"
)

// ran runs a command line and returns what it printed and its exit status.
func ran(t *testing.T, args ...string) (out string, exit int) {
	t.Helper()
	root := newRoot()
	var b bytes.Buffer
	root.SetOut(&b)
	root.SetErr(&b)
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	if code := status(0); errors.As(err, &code) {
		return b.String(), int(code)
	}
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return b.String(), 0
}

func TestImageWho(t *testing.T) {
	const ami, organization = "ami-0123456789abcdef0", "arn:aws:organizations::000000000000:organization/o-abcdefghij"
	data := filepath.Join(t.TempDir(), "data")
	if err := config.Data(data).Make(); err != nil {
		t.Fatal(err)
	}
	s, err := store.OpenSQLite(t.Context(), config.Data(data).Database())
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(
			store.PutAMI(t.Context(), tx, store.AMI{Account: "000000000000", Region: "eu-west-1", ID: ami, Name: "golden", Created: store.Now()}),
			store.SetPermissions(t.Context(), tx, "000000000000", "eu-west-1", ami, []store.Permission{{UserID: "111111111111"}, {OrganizationARN: organization}}),
			store.MoveMember(t.Context(), tx, "222222222222", organization),
		)
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		exit int
		says []string
	}{
		{nil, 0, []string{"000000000000", "owns it", "111111111111", "shared with this account", organization, "shared with this organization", "222222222222"}},
		{[]string{"--json"}, 0, []string{`{"name":"` + organization + `","reason":"organization","accounts":["222222222222"]}`}},
		{[]string{"--account", "000000000000"}, 0, []string{"account 000000000000 owns it"}},
		{[]string{"--account", "111111111111"}, 0, []string{"account 111111111111 may use it: it is shared with this account"}},
		{[]string{"--account", "222222222222"}, 0, []string{"account 222222222222 may use it: it is shared with the organization " + organization}},
		{[]string{"--account", "333333333333"}, 1, []string{"account 333333333333 may not use it"}},
		{[]string{"--account", "333333333333", "--json"}, 1, []string{`"may":false`}},
		{[]string{"--account", "222222222222", "--json"}, 0, []string{`"may":true,"reason":"organization","principal":"` + organization + `"`}},
	} {
		out, exit := ran(t, append([]string{"image", "who", ami, "--data", data}, c.args...)...)
		if exit != c.exit {
			t.Errorf("%v ended with %d, want %d", c.args, exit, c.exit)
		}
		for _, text := range c.says {
			if !strings.Contains(out, text) {
				t.Errorf("%v does not say %q:\n%s", c.args, text, out)
			}
		}
	}
}
