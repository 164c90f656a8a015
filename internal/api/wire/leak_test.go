package wire_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ingot/api/ec2"
	"ingot/api/imagebuilder"
	"ingot/internal/api/caller"
	"ingot/internal/api/wire"
	ec2service "ingot/internal/neighbour/ec2"
	"ingot/internal/service"
	"ingot/internal/store"
)

// as is the context of a caller.
func as() context.Context {
	return caller.With(context.Background(), caller.Identity{Account: "123456789012", Region: region, ARN: "arn:aws:iam::123456789012:user/test"})
}

// TestFaultsTellNothing asks for every operation on databases that are broken: no
// answer names a folder of the server, and none has the words of a database or of Go.
func TestFaultsTellNothing(t *testing.T) {
	for name, harm := range map[string]func(s *store.Store) error{
		"closed": func(s *store.Store) error { return s.Close() },
		"without its tables": func(s *store.Store) error {
			for _, table := range []string{"resources", "images", "amis", "client_tokens", "walls", "executions", "steps"} {
				if _, err := s.DB().Exec(context.Background(), "DROP TABLE IF EXISTS "+table); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		dir := filepath.Join(t.TempDir(), "secret place")
		s := open(t, dir)
		builder := wire.RESTJSON[imagebuilder.Service](service.New(service.Config{Store: s}), imagebuilder.Operations, imagebuilder.Shapes)
		images := wire.EC2[ec2.Service](ec2service.New(s), ec2.Operations, ec2.Shapes, ec2.Namespace)
		if err := harm(s); err != nil {
			t.Fatal(err)
		}
		faults := 0
		tell := func(operation string, a wire.Answer) {
			for _, secret := range []string{dir, "secret place", "sql", "SQL", "no such table", "goroutine", ".go:", "panic"} {
				if strings.Contains(string(a.Body), secret) {
					t.Errorf("%s, database %s, tells of %s: %s", operation, name, secret, a.Body)
				}
			}
			if a.Status == 500 {
				faults++
			}
		}
		for _, op := range imagebuilder.Operations {
			r, body := request(t, op, sample(t, imagebuilder.Shapes, op.Input).(map[string]any))
			tell(op.Name, builder.Serve(r.WithContext(as()), body, region, "id"))
		}
		for _, form := range []string{
			"Action=DescribeImages", "Action=DescribeImageAttribute&ImageId=ami-01234567&Attribute=launchPermission", "Action=DeregisterImage&ImageId=ami-01234567",
		} {
			tell(form, images.Serve(httptest.NewRequest("POST", "/", nil).WithContext(as()), []byte(form), region, "id"))
		}
		if faults < 20 {
			t.Errorf("database %s: only %d operations failed by it", name, faults)
		}
	}
}

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := store.OpenSQLite(t.Context(), filepath.Join(dir, "ingot.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
