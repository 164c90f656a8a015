package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"

	"ingot/internal/api"
	"ingot/internal/api/apitest"
	"ingot/internal/neighbour/sts"
	"ingot/internal/store"
)

// run runs a command and returns both of its outputs.
func run(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, fault bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&fault)
	err = root.ExecuteContext(t.Context())
	return out.String(), fault.String(), err
}

// ok runs a command that must succeed.
func ok(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	stdout, stderr, err := run(t, args...)
	if err != nil {
		t.Fatalf("ingot %s: %v", strings.Join(args, " "), err)
	}
	return stdout, stderr
}

// dataDir is a data directory with the database of a server that runs.
func dataDir(t *testing.T) (dir string, s *store.Store) {
	t.Helper()
	dir = t.TempDir()
	s, err := store.OpenSQLite(t.Context(), filepath.Join(dir, "ingot.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return dir, s
}

// TestDeletedKeyIsRefusedAtOnce deletes a key by the command while the server that it
// signs calls to runs, and makes another one.
func TestDeletedKeyIsRefusedAtOnce(t *testing.T) {
	dir, s := dataDir(t)
	endpoint, _ := apitest.Start(t, api.Config{STS: sts.New(), Keys: keys{s}})
	call := func(id, secret string) error {
		client := awssts.New(awssts.Options{Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: aws.CredentialsProvider(credentials.NewStaticCredentialsProvider(id, secret, ""))})
		_, err := client.GetCallerIdentity(context.Background(), &awssts.GetCallerIdentityInput{})
		return err
	}
	made := func() (id, secret string) {
		out, _ := ok(t, "key", "create", "--account", "111122223333", "--data", dir)
		id, secret, _ = strings.Cut(strings.TrimSpace(out), " ")
		return id, secret
	}
	first, secret := made()
	second, other := made()
	if err := call(first, secret); err != nil {
		t.Fatal(err)
	}
	if out, warned := ok(t, "key", "delete", first, "--data", dir); !strings.Contains(out, "deleted "+first) || warned != "" {
		t.Errorf("it says %s, and warns %s", out, warned)
	}
	if err := call(first, secret); err == nil || !strings.Contains(err.Error(), "InvalidClientTokenId") {
		t.Errorf("the deleted key: %v", err)
	}
	if err := call(second, other); err != nil {
		t.Errorf("the other key: %v", err)
	}
	if _, warned := ok(t, "key", "delete", second, "--data", dir); !strings.Contains(warned, "last key of the account 111122223333") || !strings.Contains(warned, "ingot key create --account 111122223333") {
		t.Errorf("about the last key it says %q", warned)
	}
	if _, _, err := run(t, "key", "delete", second, "--data", dir); err == nil || !strings.Contains(err.Error(), "there is no access key") {
		t.Errorf("deleted again: %v", err)
	}
	if err := call(made()); err != nil {
		t.Errorf("a new key: %v", err)
	}
}

func TestKeysAreListedWithoutSecrets(t *testing.T) {
	dir, s := dataDir(t)
	for _, k := range []store.Key{
		{ID: "AKIAONE", Secret: "secret-one", Account: "111111111111", User: "ann", Created: "2026-01-01T00:00:00.000Z"},
		{ID: "AKIATWO", Secret: "secret-two", Account: "222222222222", User: "bob", Created: "2026-01-02T00:00:00.000Z"},
	} {
		if err := store.InsertKey(t.Context(), s.DB(), k); err != nil {
			t.Fatal(err)
		}
	}
	all, _ := ok(t, "key", "list", "--data", dir)
	want := "ID       ACCOUNT       USER  CREATED\nAKIAONE  111111111111  ann   2026-01-01T00:00:00.000Z\nAKIATWO  222222222222  bob   2026-01-02T00:00:00.000Z\n"
	if all != want {
		t.Errorf("all keys:\n%s", all)
	}
	if one, _ := ok(t, "key", "list", "--account", "222222222222", "--data", dir); strings.Contains(one, "AKIAONE") || !strings.Contains(one, "AKIATWO") {
		t.Errorf("the keys of one account:\n%s", one)
	}
}

// TestExportsAreQuoted gives a shell values with everything that it would act upon, and
// has it show what it read.
func TestExportsAreQuoted(t *testing.T) {
	dir, s := dataDir(t)
	endpoint := `http://127.0.0.1:1/';touch hurt;'$(touch hurt)` + "`touch hurt`\\ \"x\""
	if err := os.WriteFile(filepath.Join(dir, "endpoint"), []byte(endpoint+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	k := store.Key{ID: "AKIAONE", Secret: `a'b"c$d;e`, Account: "111111111111", User: "ann", Created: store.Now()}
	if err := store.InsertKey(t.Context(), s.DB(), k); err != nil {
		t.Fatal(err)
	}
	env, _ := ok(t, "env", "--region", "eu-west-1' ;", "--data", dir)
	created, _ := ok(t, "key", "create", "--export", "--region", "eu-west-1' ;", "--data", dir)
	for text, secret := range map[string]string{env: k.Secret, created: ""} {
		sh := exec.CommandContext(t.Context(), "sh", "-c", text+`printf '%s\n%s\n%s' "$AWS_ENDPOINT_URL" "$AWS_REGION" "$AWS_SECRET_ACCESS_KEY"`)
		sh.Dir = t.TempDir()
		out, err := sh.CombinedOutput()
		if want := endpoint + "\neu-west-1' ;\n" + secret; err != nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("the shell read %s, %v, want %s", out, err, want)
		}
		if left, err := os.ReadDir(sh.Dir); err != nil || len(left) > 0 {
			t.Errorf("the shell did something: %v, %v", left, err)
		}
	}
}
