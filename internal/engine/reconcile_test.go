package engine_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/artifact/disk"
	"ingot/internal/imagelog"
	"ingot/internal/machine"
	"ingot/internal/machine/machinetest"
	"ingot/internal/machine/memory"
	"ingot/internal/store"
)

func TestReconcileRemovesWhatHasNoRow(t *testing.T) {
	r := newRig(t, memory.Config{})
	r.close()
	held, err := os.Create(filepath.Join(r.folder("nodes"), "held.raw.m-1"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	for _, name := range []string{
		"machines/m-unknown/disk.raw", "nodes/key.raw.m-gone", "nodes/key.raw.grow", "nodes/key.raw.m-1.part", "nodes/key.raw", "regions/us-east-1/x.raw.part",
	} {
		r.folder(filepath.Dir(name))
		if err := os.WriteFile(filepath.Join(r.dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.open()
	for name, want := range map[string]bool{
		"machines/m-unknown": false, "nodes/key.raw.m-gone": false, "nodes/key.raw.grow": false, "nodes/key.raw.m-1.part": false,
		"regions/us-east-1/x.raw.part": false, "nodes/key.raw": true, "nodes/held.raw.m-1": true,
	} {
		if _, err := os.Stat(filepath.Join(r.dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReconcileIgnoresOtherUsersProcesses has a process of another user name a partly written
// file, and one of ours another.
func TestReconcileIgnoresOtherUsersProcesses(t *testing.T) {
	r := newRig(t, memory.Config{})
	r.close()
	theirs, ours := filepath.Join(r.folder("nodes"), "theirs.raw.m-1"), filepath.Join(r.folder("nodes"), "ours.raw.m-1")
	for _, file := range []string{theirs, ours} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	machinetest.Forge(t, "mke2fs", "mke2fs", "-q", theirs)
	working := exec.Command("sh", "-c", "read -r _", "sh", ours)
	in, err := working.StdinPipe()
	if err := errors.Join(err, working.Start()); err != nil {
		t.Fatal(err)
	}
	r.open()
	if _, err := os.Stat(theirs); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file stays because another user's process names it: %v", err)
	}
	if _, err := os.Stat(ours); err != nil {
		t.Errorf("a file is gone although a process of ours works on it: %v", err)
	}
	in.Close()
	_ = working.Wait() // its read was cut off
}

// TestReconcileDetachesWhatIsRemoved detaches the devices of a process that was killed
// while it grew a root volume; the file of one is gone.
func TestReconcileDetachesWhatIsRemoved(t *testing.T) {
	r := newRig(t, memory.Config{})
	r.close()
	for _, name := range []string{"one.raw.A.grow", "two.raw.B.grow"} {
		file := filepath.Join(r.folder("nodes"), name)
		if err := os.WriteFile(file, make([]byte, 1<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := disk.Attach(file)
		if err != nil {
			t.Skipf("loop devices are needed: %v", err)
		}
		defer l.Detach()
	}
	if err := os.Remove(filepath.Join(r.folder("nodes"), "two.raw.B.grow")); err != nil {
		t.Fatal(err)
	}
	r.open()
	if left, err := disk.LoopsOn(r.folder("nodes")); err != nil || len(left) > 0 {
		t.Errorf("devices are left: %v, %v", left, err)
	}
}

// TestReconcileEndsImagesWithoutABuild: their machine images stay hidden and their logs
// end.
func TestReconcileEndsImagesWithoutABuild(t *testing.T) {
	r := newRig(t, memory.Config{})
	arn := "arn:aws:imagebuilder:us-east-1:" + account + ":image/gone/1.0.0/1"
	ctx := context.Background()
	err := store.InsertImage(ctx, r.store.DB(), account, region, &imagebuilder.Image{
		Arn: arn, State: &imagebuilder.ImageState{Status: string(ingot.Building)}, DateCreated: store.Now(),
	})
	if err == nil {
		err = store.PutAMI(ctx, r.store.DB(), store.AMI{Account: account, Region: region, ID: "ami-1", ImageARN: arn, Staged: true, Created: store.Now()})
	}
	if err == nil {
		err = store.PutInstance(ctx, r.store.DB(), store.Instance{Account: account, Region: region, Host: hostID, ID: "i-1", ImageARN: arn, Token: "m-1", Launch: "{}", Backend: "sandbox"})
	}
	if err != nil {
		t.Fatal(err)
	}
	r.close()
	r.open()
	if image := r.await(arn); image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, "start it again") {
		t.Errorf("%+v", image.State)
	}
	r.empty()
	log, err := r.logs.Image(arn)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Read(t.Context(), true, func(imagelog.Entry) error { return nil }); err != nil { // comes back: the log has ended
		t.Error(err)
	}
}

// TestBuildThatCannotGoOn ends its image instead of leaving it BUILDING.
func TestBuildThatCannotGoOn(t *testing.T) {
	r := newRig(t, memory.Config{Launch: func(machine.Spec) error { panic("a bug") }})
	arn := r.start(order{components: []string{r.component(account, "one", "1.0.0", document("one"))}})
	image := r.await(arn)
	if image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, "a fault of the server") || strings.Contains(image.State.Reason, "a bug") {
		t.Errorf("%+v", image.State)
	}
	for _, s := range r.steps(arn) {
		if s.Status == ingot.StepRunning {
			t.Errorf("step %s is still running", s.Name)
		}
	}
}

// TestNoSpace fails with the pool's sentence.
func TestNoSpace(t *testing.T) {
	r := newRig(t, memory.Config{})
	full := func() error { return os.ErrDeadlineExceeded } // stands for any sentence
	r.space.Store(&full)
	image := r.await(r.start(order{components: []string{r.component(account, "one", "1.0.0", document("one"))}}))
	if image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, os.ErrDeadlineExceeded.Error()) {
		t.Errorf("%+v", image.State)
	}
	r.empty()
}
