package clients_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"ingot/api/imagebuilder"
	"ingot/internal/api"
	"ingot/internal/api/apitest"
	"ingot/internal/api/sigv4"
	"ingot/internal/neighbour/ec2"
	"ingot/internal/neighbour/sts"
	"ingot/internal/service"
	"ingot/internal/store"
)

const prefix = "arn:aws:imagebuilder:" + apitest.Region + ":" + apitest.Account + ":"

// recorder is a builder that keeps what it was asked to start: images stay PENDING.
type recorder struct {
	mu     sync.Mutex
	images []string
}

func (b *recorder) Start(_ context.Context, _ *store.Tx, _, _ string, image *imagebuilder.Image) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.images = append(b.images, image.Arn)
	return nil
}

// keys are those of the store.
type keys struct{ store *store.Store }

func (k keys) Key(ctx context.Context, id string) (sigv4.Key, bool, error) {
	key, err := store.KeyByID(ctx, k.store.DB(), id)
	if errors.Is(err, store.ErrNoRows) {
		return sigv4.Key{}, false, nil
	}
	return sigv4.Key{Secret: key.Secret, Account: key.Account, ARN: apitest.UserARN, UserID: apitest.UserID}, err == nil, err
}

// server is the API on a real store, without an engine.
type server struct {
	store *store.Store
	env   []string
	ami   store.AMI // of the caller's account, shared with everybody it can be shared with
}

// newServer starts a server that knows one key, a managed parent image, and one
// machine image.
func newServer(t *testing.T) *server {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "ingot.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	endpoint, log := apitest.Start(t, config(s))
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(log)
		}
	})
	srv := &server{store: s, env: append(os.Environ(), apitest.Env(endpoint)...), ami: machineImage()}
	if err := s.Update(t.Context(), srv.fill); err != nil {
		t.Fatal(err)
	}
	return srv
}

// config is what the API of a store is made of.
func config(s *store.Store) api.Config {
	return api.Config{
		ImageBuilder: service.New(service.Config{Store: s, Builder: &recorder{}}),
		EC2:          ec2.New(s), STS: sts.New(), Keys: keys{s}, Version: "test", Region: service.ValidRegion,
	}
}

func machineImage() store.AMI {
	return store.AMI{
		Account: apitest.Account, Region: apitest.Region, ID: "ami-0123456789abcdef0", SnapshotID: "snap-0123456789abcdef0",
		Name: "golden <1>", Description: "made & tested", Digest: "sha256:1", Size: 4 << 30, Architecture: "x86_64",
		RootDevice: "/dev/xvda", BootMode: "uefi-preferred", OSVersion: "Debian 12", Tags: map[string]string{"team": "web"}, Created: store.Now(),
	}
}

// permissions are those of the machine image.
var permissions = []store.Permission{
	{UserID: "111122223333"},
	{OrganizationARN: "arn:aws:organizations::111122223333:organization/o-abcdefghij"},
	{OrganizationalUnitARN: "arn:aws:organizations::111122223333:ou/o-abcdefghij/ou-ab12-abcdefgh"},
}

func (s *server) fill(tx *store.Tx) error {
	ctx := context.Background()
	key := store.Key{ID: apitest.AccessKey, Secret: apitest.Secret, Account: apitest.Account, User: "tester", Created: store.Now()}
	if err := store.InsertKey(ctx, tx, key); err != nil {
		return err
	}
	if err := store.PutAMI(ctx, tx, s.ami); err != nil {
		return err
	}
	if err := store.SetPermissions(ctx, tx, s.ami.Account, s.ami.Region, s.ami.ID, permissions); err != nil {
		return err
	}
	_, err := service.RegisterManagedImage(ctx, tx, apitest.Region, service.Registration{
		Name: "debian-12-x86", Version: "12.0.0", OSVersion: "Debian 12", Digest: "sha256:2", Size: 2 << 30, Architecture: "x86_64",
	})
	return err
}
